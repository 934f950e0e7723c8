"""The peers: each loads a model and gives a function from images to logits."""

import numpy as np


def onnxruntime(files, threads):
    import onnxruntime as ort

    ort.disable_telemetry_events()
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = ort.InferenceSession(
        files["onnx"], options, providers=["CPUExecutionProvider"])
    return lambda images: session.run(None, {"input": images})[0]


def openvino(files, threads):
    import openvino

    settings = {
        "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32",
    }
    request = openvino.Core().compile_model(files["onnx"], "CPU", settings).create_infer_request()

    def run(images):
        request.set_input_tensor(openvino.Tensor(images, shared_memory=True))
        request.infer()
        return request.get_output_tensor().data

    return run


def ncnn(files, threads):
    import ncnn as library

    network = library.Net()
    options = network.opt
    options.num_threads = threads
    options.use_vulkan_compute = False
    # F(2,3) only: its fastest on server CPUs, and the most exact.
    options.use_winograd43_convolution = False
    options.use_winograd63_convolution = False
    for name in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic",
                 "use_bf16_storage", "use_bf16_packed"):
        if hasattr(options, name):
            setattr(options, name, False)
    if network.load_param(files["ncnn"] + ".param") or network.load_model(files["ncnn"] + ".bin"):
        raise SystemExit("ncnn cannot load the model")

    def run(images):
        # ncnn has no batch: one image after the other.
        rows = []
        for image in images:
            extractor = network.create_extractor()
            extractor.input("data", library.Mat(image))
            status, logits = extractor.extract("logits")
            if status:
                raise SystemExit(f"ncnn failed with {status}")
            rows.append(np.array(logits))
        return np.stack(rows)

    return run


PEERS = {"onnxruntime": onnxruntime, "openvino": openvino, "ncnn": ncnn}
