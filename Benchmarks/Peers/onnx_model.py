"""Writes a network as ONNX: one convolution a block, or the branches as trained."""

import checkpoint


def write(source, path, shape):
    """An ONNX model of a fixed input shape, NCHW; the checkpoint's form is the graph's."""
    from onnx import TensorProto, helper, numpy_helper, save

    blocks, weight, bias = checkpoint.network(source)
    nodes, values = [], []

    def value(name, array):
        values.append(numpy_helper.from_array(array, name))
        return name

    def convolution(name, source_name, kernel, shift, stride, groups):
        edge = kernel.shape[2]
        inputs = [source_name, value(f"{name}.w", kernel)]
        if shift is not None:
            inputs.append(value(f"{name}.b", shift))
        nodes.append(helper.make_node(
            "Conv", inputs, [name], kernel_shape=[edge, edge], strides=[stride, stride],
            pads=[edge // 2] * 4, group=groups))
        return name

    def normalization(name, source_name, norm):
        parts = [
            value(f"{name}.{part}", array) for part, array in (
                ("weight", norm.weight), ("bias", norm.bias), ("mean", norm.mean),
                ("variance", norm.variance))]
        nodes.append(helper.make_node(
            "BatchNormalization", [source_name, *parts], [name], epsilon=checkpoint.EPSILON))
        return name

    name, channels = "input", 3
    for index, block in enumerate(blocks):
        if block.kernel is not None:
            groups = channels // block.kernel.shape[1]
            total = convolution(f"c{index}", name, block.kernel, block.bias, block.stride, groups)
        else:
            outputs = []
            for place, (kernel, norm) in enumerate(block.branches):
                branch = name
                if kernel is not None:
                    branch = convolution(
                        f"c{index}.{place}", name, kernel, None, block.stride,
                        channels // kernel.shape[1])
                outputs.append(normalization(f"n{index}.{place}", branch, norm))
            total = outputs[0]
            for place, output in enumerate(outputs[1:]):
                nodes.append(helper.make_node("Add", [total, output], [f"s{index}.{place}"]))
                total = f"s{index}.{place}"
        nodes.append(helper.make_node("Relu", [total], [f"r{index}"]))
        name, channels = f"r{index}", block.output_channels
    nodes.append(helper.make_node("GlobalAveragePool", [name], ["pooled"]))
    nodes.append(helper.make_node("Flatten", ["pooled"], ["flat"]))
    nodes.append(helper.make_node(
        "Gemm", ["flat", value("head.w", weight), value("head.b", bias)], ["logits"], transB=1))
    graph = helper.make_graph(
        nodes, "repvgg",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, list(shape))],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [shape[0], weight.shape[0]])],
        values)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    save(model, str(path))
