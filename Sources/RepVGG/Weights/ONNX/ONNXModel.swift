/// An ONNX model as its file stores it, before its graph is read as a ``Network``.
///
/// Names are compared by their bytes. Fields that the library does not use (documentation, source
/// lines of exporters, intermediate shapes) are not kept.
package struct ONNXModel: Sendable {
  /// The version of the file format.
  package var irVersion: Int
  /// The program that wrote the file, and its version.
  package var producer: String
  package var producerVersion: String
  /// The version of each set of operators by its domain; `""` is ONNX's own.
  package var opsets: [ONNXOpset]
  package var graph: ONNXGraph
  /// Free text by key, in the order of the file.
  package var metadata: [ONNXMetadata]

  package init(
    irVersion: Int = 8, producer: String = "", producerVersion: String = "",
    opsets: [ONNXOpset] = [], graph: ONNXGraph = ONNXGraph(), metadata: [ONNXMetadata] = []
  ) {
    self.irVersion = irVersion
    self.producer = producer
    self.producerVersion = producerVersion
    self.opsets = opsets
    self.graph = graph
    self.metadata = metadata
  }
}

/// The version of a domain's operators.
package struct ONNXOpset: Sendable, Hashable {
  package var domain: String
  package var version: Int

  package init(domain: String = "", version: Int) {
    self.domain = domain
    self.version = version
  }
}

/// A key and its text.
package struct ONNXMetadata: Sendable, Hashable {
  package var key: String
  package var value: String

  package init(key: String, value: String) {
    self.key = key
    self.value = value
  }
}

/// Nodes in topological order, constant tensors, and what goes in and out.
package struct ONNXGraph: Sendable {
  package var name: String
  package var nodes: [ONNXNode]
  /// Constants; a name may also be among the inputs, whose default it then is.
  package var initializers: [Tensor]
  package var inputs: [ONNXValue]
  package var outputs: [ONNXValue]

  package init(
    name: String = "", nodes: [ONNXNode] = [], initializers: [Tensor] = [],
    inputs: [ONNXValue] = [], outputs: [ONNXValue] = []
  ) {
    self.name = name
    self.nodes = nodes
    self.initializers = initializers
    self.inputs = inputs
    self.outputs = outputs
  }
}

/// An operator with the names of the values that it reads and writes.
package struct ONNXNode: Sendable {
  /// For messages; may be empty.
  package var name: String
  /// The operator: `Conv`.
  package var type: String
  /// Whose operator it is; `""` is ONNX's own.
  package var domain: String
  /// Names of values; an empty one is an optional input that is absent.
  package var inputs: [String]
  package var outputs: [String]
  package var attributes: [ONNXAttribute]

  package init(
    name: String = "", type: String, domain: String = "", inputs: [String], outputs: [String],
    attributes: [ONNXAttribute] = []
  ) {
    self.name = name
    self.type = type
    self.domain = domain
    self.inputs = inputs
    self.outputs = outputs
    self.attributes = attributes
  }
}

/// A named parameter of an operator.
package struct ONNXAttribute: Sendable {
  package enum Value: Sendable {
    case float(Float)
    case int(Int64)
    case string(String)
    case tensor(Tensor)
    case floats([Float])
    case ints([Int64])
    case strings([String])
    /// A subgraph, sparse tensor or type: operators that have one are refused by name.
    case other
  }

  package var name: String
  package var value: Value

  package init(_ name: String, _ value: Value) {
    self.name = name
    self.value = value
  }
}

/// The name, element type and shape of an input or output of the graph.
package struct ONNXValue: Sendable {
  package var name: String
  /// `unsupported` for strings, sequences and the like.
  package var elementType: ElementType
  /// Nil where the file does not state the rank.
  package var dimensions: [Dimension]?

  package init(name: String, elementType: ElementType, dimensions: [Dimension]?) {
    self.name = name
    self.elementType = elementType
    self.dimensions = dimensions
  }
}
