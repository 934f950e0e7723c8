"""Builds ONNX graphs with random weights, node by node, without a framework."""

import math

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save


class Graph:
    """A graph in training form: every convolution has its batch norm, every branch is its own.

    Weights and statistics are drawn so that values neither grow nor vanish with depth.
    """

    def __init__(self, name, shape, seed, epsilon=1e-5):
        self.name, self.shape, self.epsilon = name, shape, epsilon
        self.generator = np.random.default_rng(seed)
        self.nodes, self.initializers, self.channels = [], [], {"input": shape[1]}

    def constant(self, array):
        name = f"constant{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.array(array), name))
        return name

    def uniform(self, low, high, count):
        return self.constant(self.generator.uniform(low, high, count).astype(np.float32))

    def normal(self, deviation, *shape):
        values = self.generator.standard_normal(shape) * deviation
        return self.constant(values.astype(np.float32))

    def node(self, operator, inputs, channels=None, **attributes):
        """Adds a node; its output has the first input's channels unless they are given."""
        name = f"{operator}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name, **attributes))
        self.channels[name] = channels or self.channels.get(inputs[0])
        return name

    def convolution(self, source, channels, kernel, stride=1, groups=1, has_bias=False):
        fan_in = self.channels[source] // groups
        inputs = [
            source,
            self.normal(math.sqrt(2 / (fan_in * kernel**2)), channels, fan_in, kernel, kernel)]
        if has_bias:
            inputs.append(self.normal(0.1, channels))
        return self.node(
            "Conv", inputs, channels, kernel_shape=[kernel] * 2, strides=[stride] * 2,
            pads=[kernel // 2] * 4, group=groups)

    def normalization(self, source, share=1):
        """A batch norm whose result has about this share of unit variance."""
        count, scale = self.channels[source], math.sqrt(share)
        return self.node(
            "BatchNormalization",
            [source, self.uniform(0.8 * scale, 1.2 * scale, count), self.normal(0.1, count),
             self.normal(0.1, count), self.uniform(0.5, 1.5, count)], epsilon=self.epsilon)

    def branches(self, source, channels, kernels, stride=1, groups=1):
        """The sum of convolutions of these edges and, where it fits, the identity, each with norm."""
        has_identity = stride == 1 and self.channels[source] == channels
        share = 1 / (len(kernels) + has_identity)
        outputs = [self.normalization(source, share)] if has_identity else []
        for kernel in kernels:
            convolution = self.convolution(source, channels, kernel, stride, groups)
            outputs.append(self.normalization(convolution, share))
        total = outputs[0]
        for output in outputs[1:]:
            total = self.node("Add", [total, output])
        return total

    def relu(self, source):
        return self.node("Relu", [source])

    def silu(self, source):
        return self.node("Mul", [source, self.node("Sigmoid", [source])])

    def concatenation(self, sources):
        return self.node("Concat", sources, sum(self.channels[source] for source in sources), axis=1)

    def reshape(self, source, *sizes):
        return self.node("Reshape", [source, self.constant(np.array(sizes, np.int64))])

    def write(self, path, output, output_shape):
        self.nodes.append(helper.make_node("Identity", [output], ["output"]))
        graph = helper.make_graph(
            self.nodes, self.name,
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, self.shape)],
            [helper.make_tensor_value_info("output", TensorProto.FLOAT, output_shape)],
            self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 8
        save(model, str(path))


def parameter_count(model):
    """Elements of weights as PyTorch counts them: without the statistics of batch norms."""
    sizes = {tensor.name: math.prod(tensor.dims) for tensor in model.graph.initializer}
    counted = set()
    for node in model.graph.node:
        if node.op_type in ("Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization"):
            counted.update(node.input[1:3])
    return sum(sizes.get(name, 0) for name in counted)
