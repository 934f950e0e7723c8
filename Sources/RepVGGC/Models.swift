import CRepVGG
import RepVGG

/// Loads a checkpoint; see `repvgg.h`.
@c @implementation
public func rvg_model_load(
  _ path: UnsafePointer<CChar>?, _ options: UnsafePointer<rvg_model_options>?,
  _ model: UnsafeMutablePointer<OpaquePointer?>?
) -> rvg_status {
  status {
    let target = try checked(model, "model")
    target.pointee = nil
    let options = try checkedOptions(options).map { try NetworkOptions($0) }
    target.pointee = try models.insert(
      LoadedModel(path: checkedText(path, "path"), options: options ?? NetworkOptions()))
  }
}

/// Fills in what a model is; see `repvgg.h`.
@c @implementation
public func rvg_model_get_info(
  _ model: OpaquePointer?, _ info: UnsafeMutablePointer<rvg_model_info>?
) -> rvg_status {
  status {
    let model = try models.object(model)
    let network = model.network
    try fill(
      info,
      with: rvg_model_info(
        struct_size: 0, architecture: model.architectureName.pointer,
        family: model.familyName.pointer,
        form: network.form.number,
        input_size: Int32(clamping: network.origin.inputSize),
        class_count: Int64(network.classCount),
        parameter_count: Int64(network.parameterCount),
        input_channels: Int64(network.inputChannels),
        output_count: Int64(network.outputCount), group: model.groupName.pointer,
        group_count: Int64(network.origin.groups.count)))
  }
}

/// Gives up the caller's hold of a model; see `repvgg.h`.
@c @implementation
public func rvg_model_destroy(_ model: OpaquePointer?) { _ = models.remove(model) }
