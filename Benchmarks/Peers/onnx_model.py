"""Writes a checkpoint as ONNX by the engine's own converter, for images of one shape."""

from pathlib import Path

from document import check_output


def write(binaries, source, path, shape, form):
    """A model of the form plain or branched whose input has this shape, NCHW."""
    check_output([
        Path(binaries) / "repvgg", "convert", source, path, "--form", form, "--opset", 13, "--force"])
    fix_input_shape(path, shape)


def fix_input_shape(path, shape):
    """Gives the symbols of the only input's dimensions values, wherever they are used."""
    import onnx

    model = onnx.load(str(path))
    symbols = {
        dimension.dim_param: length
        for dimension, length in zip(model.graph.input[0].type.tensor_type.shape.dim, shape)}
    for value in [*model.graph.input, *model.graph.output, *model.graph.value_info]:
        for dimension in value.type.tensor_type.shape.dim:
            if dimension.dim_param in symbols:
                dimension.dim_value = symbols[dimension.dim_param]
    onnx.save(model, str(path))
