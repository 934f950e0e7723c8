"""The Python interface against stored outputs of PyTorch."""
import os
import pathlib
import subprocess
import sys
import threading

import numpy as np
import pytest

import repvgg

FIXTURES = pathlib.Path(__file__).parents[2] / "Tests" / "Fixtures"
TINY = FIXTURES / "tiny"


def relative_error(a, b):
    assert a.shape == b.shape
    return np.linalg.norm((a - b).astype(np.float64)) / np.linalg.norm(b.astype(np.float64))


@pytest.fixture(scope="module")
def images():
    return np.load(TINY / "input.npy")


@pytest.fixture(scope="module")
def expected():
    return np.load(TINY / "logits_train.npy")


@pytest.mark.parametrize("form", ["plain", "branched", "folded"])
@pytest.mark.parametrize("threads", [1, 2])
def test_logits_are_those_of_pytorch(images, expected, form, threads):
    model = repvgg.load(TINY / "train.pth", form=form, threads=threads)
    assert relative_error(model(images), expected) <= 1e-5
    odd = model(np.load(TINY / "input_odd.npy"))
    assert relative_error(odd, np.load(TINY / "logits_odd_train.npy")) <= 1e-5


def test_features(images):
    features = repvgg.load(TINY / "train.pth").features(images)
    assert list(features) == [f"stage{i}" for i in range(5)]
    for name, value in features.items():
        assert relative_error(value, np.load(TINY / f"{name}_train.npy")) <= 1e-5


UNIVERSE = FIXTURES / "universe"


@pytest.mark.parametrize("name, file, outputs", [
    ("yolov6n-tiny", "train_raw_op13.onnx", ["output"]),
    ("repvgg-fpn-seg", "train_bnfolded_hw_op16.onnx", ["output0", "output1"]),
    ("yolov7-tiny-repconv", "train_raw_op13.onnx", ["output1", "output2"]),
])
def test_graphs_give_every_output_by_name(name, file, outputs):
    model = repvgg.load(UNIVERSE / name / file)
    images = np.load(UNIVERSE / name / "input.npy")
    results = model.run_all(images)
    assert list(results) == outputs
    for output, values in results.items():
        expected = np.load(UNIVERSE / name / f"{output if len(outputs) > 1 else 'output'}_f64.npy")
        assert values.shape == expected.shape
        assert np.abs(values - expected).max() <= 3e-5 * np.abs(expected).max()
    assert model.output_shapes(images.shape) == {
        output: values.shape for output, values in results.items()}
    first = model(images)
    assert np.array_equal(first, results[outputs[0]])
    assert list(model.features(images)) == outputs[1:]
    out = np.empty_like(first)
    assert model(images, out=out) is out and np.array_equal(out, first)
    with pytest.raises(ValueError, match="shape"):
        model(images, out=np.empty(first.size, np.float32))


def test_the_shapes_of_outputs_are_those_of_a_run(images):
    model = repvgg.load(TINY / "train.pth")
    shapes = model.output_shapes(images.shape)
    assert shapes == {name: values.shape for name, values in model.run_all(images).items()}
    assert list(shapes) == ["logits"] + [f"stage{i}" for i in range(5)]
    for wrong in [(1, 1, 8, 8), (3, 8, 8), (1, 8, 8, 3)]:
        with pytest.raises(ValueError):
            model.output_shapes(wrong)


def test_plans_are_made_ahead_up_to_a_limit(images, expected):
    model = repvgg.load(TINY / "train.pth")
    shapes = [(batch, 3, 32, 32) for batch in range(1, 6)]
    model.prepare(shapes)
    model.prepare(iter(shapes[:2]), all_outputs=True)
    assert relative_error(model(images), expected) <= 1e-5
    assert model.plan_limit == 8
    model.plan_limit = 4
    assert model.plan_limit == 4
    with pytest.raises(repvgg.Error, match="5 plans.*only 4"):
        model.prepare(shapes)
    for wrong in [-1, 5000]:
        with pytest.raises(repvgg.Error, match="limit"):
            model.plan_limit = wrong
    assert model.plan_limit == 4
    with pytest.raises(ValueError):
        model.prepare([(1, 4, 32, 32)])
    with pytest.raises(repvgg.Error):
        model.prepare([(0, 3, 32, 32)])


def test_properties():
    model = repvgg.load(str(TINY / "train.safetensors"))
    assert (model.form, model.stored_form, model.classes) == ("plain", "branched", 10)
    assert (model.family, model.parameter_count) == ("official", 89354)
    assert model.architecture in repr(model)
    assert repvgg.load(TINY / "deploy.pth").stored_form == "plain"
    assert repvgg.library_version() == repvgg.__version__


def test_averaged_weights_are_taken_and_another_group_can_be():
    case = FIXTURES / "cases" / "03-averaged-model"
    path = case / "timm-with-ema.pth.tar"
    with pytest.warns(UserWarning, match="2 networks; took 'state_dict_ema'"):
        averaged = repvgg.load(path)
    assert averaged.group == "state_dict_ema"
    raw = repvgg.load(path, group="state_dict")
    for model, name in [(averaged, "ema_"), (raw, "")]:
        logits = model(np.load(case / f"{name}x.npy"))
        assert relative_error(logits, np.load(case / f"{name}y.npy")) <= 1e-5
    for group in ["none of them", "state_dict\0"]:
        with pytest.raises((repvgg.Error, ValueError)):
            repvgg.load(path, group=group)


def test_backbones_give_pooled_features():
    heads = FIXTURES / "cases" / "07-heads"
    model = repvgg.load(heads / "backbone-only.pth")
    assert (model.classes, model.outputs) == (0, 32)
    pooled = model(np.load(heads / "x.npy"))
    assert relative_error(pooled, np.load(heads / "features.npy").mean((2, 3))) <= 1e-5
    assert "32 features" in repr(model)


def test_images_of_other_channels():
    folder = FIXTURES / "cases" / "08-input-channels"
    for name, channels in (("gray", 1), ("rgbd", 4)):
        model = repvgg.load(folder / f"{name}.pth")
        assert model.input_channels == channels
        logits = model(np.load(folder / f"{name}_x.npy"))
        assert relative_error(logits, np.load(folder / f"{name}_y.npy")) <= 1e-5
        with pytest.raises(ValueError, match=str(channels)):
            model(np.zeros((1, 3, 8, 8), np.float32))


def test_strides_are_given():
    folder = FIXTURES / "variants"
    images, expected = np.load(folder / "x.npy"), np.load(folder / "cifar_y.npy")
    model = repvgg.load(folder / "cifar.pth", strides=(1, 1, 2, 2, 2))
    assert relative_error(model(images), expected) <= 1e-5
    assert relative_error(repvgg.load(folder / "cifar.pth")(images), expected) > 1e-2
    with pytest.raises(repvgg.Error, match="stage 1"):
        repvgg.load(folder / "cifar.pth", strides=(2, 2, 2, 2, 2))


def test_arrays_of_other_layouts_are_copied(images, expected):
    model = repvgg.load(TINY / "train.pth")
    for other in [images.astype(np.float64), np.asfortranarray(images), images.tolist(),
                  np.flip(np.flip(images, 3).copy(), 3)]:
        assert relative_error(model(other), expected) <= 1e-5


def test_output_in_place(images, expected):
    model = repvgg.load(TINY / "train.pth")
    out = np.full_like(expected, np.nan)
    assert model(images, out=out) is out
    assert relative_error(out, expected) <= 1e-5
    for wrong in [np.empty((1, 10), np.float32), out.astype(np.float64), out.T, out.tolist()]:
        with pytest.raises(ValueError):
            model(images, out=wrong)


def test_errors_have_the_librarys_text(tmp_path):
    with pytest.raises(repvgg.Error, match="no-such-file"):
        repvgg.load(tmp_path / "no-such-file.pth")
    (tmp_path / "x.pth").write_bytes(b"nothing")
    with pytest.raises(repvgg.Error, match="x.pth") as info:
        repvgg.load(tmp_path / "x.pth")
    assert info.value.status == 2
    with pytest.raises(repvgg.Error, match="deployed"):
        repvgg.load(TINY / "deploy.pth", form="branched")(np.zeros((1, 3, 8, 8)))
    model = repvgg.load(TINY / "train.pth")
    for shape in [(3, 8, 8), (1, 1, 8, 8), (1, 3, 8)]:
        with pytest.raises(ValueError):
            model(np.zeros(shape))
    with pytest.raises(repvgg.Error):
        model(np.zeros((0, 3, 8, 8)))
    with pytest.raises(ValueError):
        repvgg.load(TINY / "train.pth", form="fused")


def test_missing_files_are_missing_files(tmp_path):
    for path in [tmp_path / "no.pth", str(tmp_path / "no" / "no.pth")]:
        with pytest.raises(FileNotFoundError, match="no.pth") as info:
            repvgg.load(path)
        assert isinstance(info.value, repvgg.Error) and info.value.status == 3
    # What is there is not missing, whatever else is wrong with it.
    with pytest.raises(repvgg.Error) as info:
        repvgg.load(tmp_path)
    assert not isinstance(info.value, FileNotFoundError)


def test_a_path_with_a_zero_byte_names_no_other_file():
    for path in [f"{TINY / 'train.pth'}\0.pth", os.fsencode(TINY / "train.pth") + b"\0"]:
        with pytest.raises(ValueError, match="zero byte"):
            repvgg.load(path)


@pytest.mark.parametrize("dtype", ["u1", "bool", "i8", "c8", "O", "U3", "M8[s]"])
def test_what_is_not_normalised_floats_is_refused(images, dtype):
    model = repvgg.load(TINY / "train.pth")
    other = np.zeros(images.shape, dtype)
    for call in (model, model.features):
        with pytest.raises(TypeError, match="normalize"):
            call(other)


def test_shapes_that_are_nearly_right_are_told(images):
    model = repvgg.load(TINY / "train.pth")
    with pytest.raises(ValueError, match="NHWC"):
        model(images.transpose(0, 2, 3, 1))
    with pytest.raises(ValueError, match=r"images\[None\]"):
        model(images[0])


def test_bytes_are_normalised():
    model = repvgg.load(TINY / "train.pth")
    pixels = np.random.default_rng(1).integers(0, 256, (2, 3, 40, 32), np.uint8)
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    expected = (pixels / 255 - np.reshape(mean, (3, 1, 1))) / np.reshape(std, (3, 1, 1))
    for given in (pixels, pixels.transpose(0, 2, 3, 1)):
        made = repvgg.normalize(given, mean, std)
        assert made.dtype == np.float32 and made.flags.c_contiguous
        np.testing.assert_allclose(made, expected, rtol=1e-5, atol=1e-6)
        assert relative_error(model(made), model(expected)) <= 1e-5
    assert repvgg.normalize(pixels, 0.5, 0.5).max() <= 1
    assert repvgg.normalize(pixels[:, :1], 0.5, 0.5).shape == (2, 1, 40, 32)
    with pytest.raises(TypeError):
        repvgg.normalize(pixels.astype(np.float32), mean, std)
    for wrong in [(pixels[0], mean, std), (pixels, (1, 2), std), (pixels[:, :2], 0, 1)]:
        with pytest.raises(ValueError):
            repvgg.normalize(*wrong)


def test_threads_share_a_model(images, expected):
    model = repvgg.load(TINY / "train.pth")
    errors = []

    def work():
        for _ in range(20):
            errors.append(relative_error(model(images), expected))

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(errors) == 160 and max(errors) <= 1e-5


def test_many_shapes_use_few_sessions(expected):
    model = repvgg.load(TINY / "train.pth")
    for size in range(8, 40, 2):
        assert model(np.zeros((1, 3, size, size), np.float32)).shape == (1, 10)
    assert len(model._local.sessions) == 4


def test_values_that_are_not_finite_are_an_error(images):
    model = repvgg.load(TINY / "train.pth")
    for value in [np.nan, np.inf, -np.inf]:
        damaged = images.copy()
        damaged[1, 2, 3, 4] = value
        with pytest.raises(repvgg.Error, match="image 1, channel 2, row 3, column 4") as info:
            model(damaged)
        assert info.value.status == 2
    assert np.isfinite(model(images)).all()


def test_threads_available_are_those_of_the_affinity():
    count = "print(repvgg.available_threads())"
    one_cpu = "os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])"
    all_cpus, one = lines_of(count, one_cpu, count)
    assert (1 <= int(all_cpus) <= len(os.sched_getaffinity(0)), one) == (True, "1")


def lines_of(*statements):
    """What another interpreter prints."""
    code = "\n".join(["import ctypes, os, numpy as np, repvgg", *statements])
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True,
                          text=True).stdout.split()


HOLDS_OPENBLAS = """
try:
    ctypes.CDLL("libopenblas.so.0", os.RTLD_NOW | os.RTLD_NOLOAD)
    print(True)
except OSError:
    print(False)
"""


def run(algorithm):
    path = str(TINY / "train.pth")
    return f"repvgg.load({path!r}, algorithm={algorithm!r})(np.zeros((1, 3, 32, 32)))"


def test_openblas_is_opened_for_im2col_alone():
    before, after_auto, after_im2col = lines_of(
        HOLDS_OPENBLAS, run("auto"), HOLDS_OPENBLAS, run("im2col"), HOLDS_OPENBLAS)
    assert (after_auto, after_im2col) == (before, "True")


def test_openblas_of_the_host_keeps_its_threads_and_the_environment_is_its_own():
    assert lines_of(
        "blas = ctypes.CDLL('libopenblas.so.0')", "blas.openblas_set_num_threads(3)",
        "environment = dict(os.environ)", run("im2col"),
        "print(blas.openblas_get_num_threads(), dict(os.environ) == environment)") == ["3", "True"]
