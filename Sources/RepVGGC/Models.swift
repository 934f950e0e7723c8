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

/// Sets how many plans a model keeps; see `repvgg.h`.
@c @implementation
public func rvg_model_set_plan_limit(_ model: OpaquePointer?, _ limit: Int64) -> rvg_status {
  status {
    let plans = try models.object(model).plans
    guard (0...4096).contains(limit) else {
      throw Failure(
        RVG_INVALID_ARGUMENT, "a limit of \(limit) plans is out of the range 0 to 4096")
    }
    plans.limit = Int(limit)
  }
}

/// Plans a model ahead; see `repvgg.h`.
@c @implementation
public func rvg_model_prepare(
  _ model: OpaquePointer?, _ shapes: UnsafePointer<Int64>?, _ shape_count: Int64,
  _ options: UnsafePointer<rvg_session_options>?
) -> rvg_status {
  status {
    let model = try models.object(model)
    let planOptions = try checkedOptions(options).map { try PlanOptions($0) } ?? PlanOptions()
    guard (0...4096).contains(shape_count) else {
      throw Failure(
        RVG_INVALID_ARGUMENT, "\(shape_count) shapes are out of the range 0 to 4096")
    }
    guard shape_count > 0 else { return }
    let sizes = try checked(shapes, "shapes")
    let inputs = try (0..<Int(shape_count)).map {
      try model.input(
        batch: sizes[3 * $0], height: sizes[3 * $0 + 1], width: sizes[3 * $0 + 2])
    }
    try model.plans.prepare(inputs, options: planOptions)
  }
}

/// Gives up the caller's hold of a model; see `repvgg.h`.
@c @implementation
public func rvg_model_destroy(_ model: OpaquePointer?) { _ = models.remove(model) }
