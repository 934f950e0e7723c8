/// The numbers of the fields of ONNX's messages, as `onnx.proto` assigns them.
///
/// Only what the library reads, writes or refuses; all others are skipped.
enum ONNXFields {
  enum Model {
    static let irVersion = 1
    static let producerName = 2
    static let producerVersion = 3
    static let domain = 4
    static let modelVersion = 5
    static let documentation = 6
    static let graph = 7
    static let opsetImport = 8
    static let metadata = 14
    static let trainingInfo = 20
    static let functions = 25
  }

  enum OperatorSet {
    static let domain = 1
    static let version = 2
  }

  /// A key and its text, `StringStringEntryProto`.
  enum Entry {
    static let key = 1
    static let value = 2
  }

  enum Graph {
    static let node = 1
    static let name = 2
    static let initializer = 5
    static let input = 11
    static let output = 12
    static let sparseInitializer = 15
  }

  enum Node {
    static let input = 1
    static let output = 2
    static let name = 3
    static let type = 4
    static let attribute = 5
    static let domain = 7
  }

  enum Attribute {
    static let name = 1
    static let float = 2
    static let int = 3
    static let string = 4
    static let tensor = 5
    static let graph = 6
    static let floats = 7
    static let ints = 8
    static let strings = 9
    static let tensors = 10
    static let graphs = 11
    static let typeProto = 14
    static let typeProtos = 15
    static let type = 20
    static let reference = 21
    static let sparseTensor = 22
    static let sparseTensors = 23
  }

  enum Tensor {
    static let dimensions = 1
    static let elementType = 2
    static let segment = 3
    static let floats = 4
    static let int32s = 5
    static let strings = 6
    static let int64s = 7
    static let name = 8
    static let raw = 9
    static let doubles = 10
    static let uint64s = 11
    static let externalData = 13
    static let location = 14
  }

  /// The name and type of a value, `ValueInfoProto`.
  enum Value {
    static let name = 1
    static let type = 2
    /// Of `TypeProto`.
    static let tensorType = 1
    /// Of `TypeProto.Tensor`.
    static let elementType = 1
    static let shape = 2
    /// Of `TensorShapeProto`.
    static let dimension = 1
    /// Of `TensorShapeProto.Dimension`.
    static let size = 1
    static let symbol = 2
  }
}

/// What `AttributeProto.type` says about an attribute.
enum ONNXAttributeKind: Int {
  case float = 1
  case int, string, tensor, graph, floats, ints, strings, tensors, graphs
  case sparseTensor, sparseTensors, typeProto, typeProtos

  /// The field that holds the value.
  var field: Int {
    switch self {
    case .float: ONNXFields.Attribute.float
    case .int: ONNXFields.Attribute.int
    case .string: ONNXFields.Attribute.string
    case .tensor: ONNXFields.Attribute.tensor
    case .graph: ONNXFields.Attribute.graph
    case .floats: ONNXFields.Attribute.floats
    case .ints: ONNXFields.Attribute.ints
    case .strings: ONNXFields.Attribute.strings
    case .tensors: ONNXFields.Attribute.tensors
    case .graphs: ONNXFields.Attribute.graphs
    case .sparseTensor: ONNXFields.Attribute.sparseTensor
    case .sparseTensors: ONNXFields.Attribute.sparseTensors
    case .typeProto: ONNXFields.Attribute.typeProto
    case .typeProtos: ONNXFields.Attribute.typeProtos
    }
  }

  /// The kind whose value a field holds.
  init?(field: Int) {
    guard
      let kind = (1...14).lazy.compactMap(Self.init(rawValue:)).first(where: { $0.field == field })
    else { return nil }
    self = kind
  }
}
