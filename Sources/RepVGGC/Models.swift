import CRepVGG
import RepVGG

/// Loads a checkpoint; see `repvgg.h`.
@c @implementation
public func rvg_model_load(
  _ path: UnsafePointer<CChar>?, _ options: UnsafePointer<rvg_model_options>?,
  _ model: UnsafeMutablePointer<OpaquePointer?>?
) -> rvg_status {
  answering {
    let target = try checked(model, "model")
    target.pointee = nil
    let epsilon = try checkedOptions(options)?.epsilon ?? 0
    guard epsilon >= 0, epsilon <= 1 else {
      throw Failure(RVG_INVALID_ARGUMENT, "an epsilon of \(epsilon) is out of the range 0 to 1")
    }
    target.pointee = try models.insert(
      LoadedModel(
        path: checkedText(path, "path"),
        epsilon: epsilon == 0 ? BatchNorm.defaultEpsilon : epsilon))
  }
}

/// Fills in what a model is; see `repvgg.h`.
@c @implementation
public func rvg_model_get_info(
  _ model: OpaquePointer?, _ info: UnsafeMutablePointer<rvg_model_info>?
) -> rvg_status {
  answering {
    let model = try models.object(model)
    let network = model.network
    try checkedInfo(info).pointee = rvg_model_info(
      struct_size: MemoryLayout<rvg_model_info>.size,
      architecture: model.architectureName.pointer, family: model.familyName.pointer,
      form: (network.state == .plain ? Form.plain : .branched).number,
      input_size: Int32(clamping: network.architecture.inputSize),
      class_count: Int64(network.head.outputCount),
      parameter_count: Int64(network.parameterCount))
  }
}

/// Gives up the caller's hold of a model; see `repvgg.h`.
@c @implementation
public func rvg_model_destroy(_ model: OpaquePointer?) { _ = models.remove(model) }
