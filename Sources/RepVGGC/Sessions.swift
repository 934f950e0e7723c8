import CRepVGG
import RepVGG

/// Plans a model for one shape and makes a session of it; see `repvgg.h`.
@c @implementation
public func rvg_session_create(
  _ model: OpaquePointer?, _ batch: Int64, _ height: Int64, _ width: Int64,
  _ options: UnsafePointer<rvg_session_options>?,
  _ session: UnsafeMutablePointer<OpaquePointer?>?
) -> rvg_status {
  status {
    let target = try checked(session, "session")
    target.pointee = nil
    let model = try models.object(model)
    let planOptions = try checkedOptions(options).map { try PlanOptions($0) } ?? PlanOptions()
    let input = try model.input(batch: batch, height: height, width: width)
    target.pointee = try sessions.insert(
      RunnableSession(plan: model.plans.plan(input, options: planOptions)))
  }
}

/// Fills in what a session is; see `repvgg.h`.
@c @implementation
public func rvg_session_get_info(
  _ session: OpaquePointer?, _ info: UnsafeMutablePointer<rvg_session_info>?
) -> rvg_status {
  status {
    let session = try sessions.object(session)
    let plan = session.plan
    try fill(
      info,
      with: rvg_session_info(
        struct_size: 0, batch: Int64(plan.input.batch), height: Int64(plan.input.height),
        width: Int64(plan.input.width), class_count: Int64(plan.classCount),
        feature_count: Int64(plan.features.count),
        packed_weight_byte_count: Int64(plan.memory.packedWeightByteCount),
        working_byte_count: Int64(plan.memory.arenaByteCount + plan.memory.workspaceByteCount),
        form: plan.options.form.number, threads: Int32(clamping: plan.options.threadCount),
        output_count: Int64(session.elementsPerImage),
        output_element_count: Int64(plan.outputElementCount)))
  }
}

/// Computes the logits of a batch of images; see `repvgg.h`.
@c @implementation
public func rvg_session_run(
  _ session: OpaquePointer?, _ input: UnsafePointer<Float>?, _ input_count: Int64,
  _ input_strides: UnsafePointer<Int64>?, _ output: UnsafeMutablePointer<Float>?,
  _ output_count: Int64, _ output_strides: UnsafePointer<Int64>?
) -> rvg_status {
  status {
    try sessions.object(session).run(
      input: checked(input, "input"), inputCount: input_count,
      inputStrides: input_strides.map { try checked($0, "input_strides") },
      output: checked(output, "output"), outputCount: output_count,
      outputStrides: output_strides.map { try checked($0, "output_strides") })
  }
}

/// The name of a feature by its index; see `repvgg.h`.
@c @implementation
public func rvg_session_feature_name(
  _ session: OpaquePointer?, _ index: Int64,
  _ name: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> rvg_status {
  status {
    let features = try sessions.object(session).outputs.dropFirst()
    guard index >= 0, index < features.count else {
      throw Failure(
        RVG_INVALID_ARGUMENT, "there is no feature \(index), the session has \(features.count)")
    }
    try checked(name, "name").pointee = features[Int(index) + 1].name.pointer
  }
}

/// The dimensions of a feature; see `repvgg.h`.
@c @implementation
public func rvg_session_feature_shape(
  _ session: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ shape: UnsafeMutablePointer<Int64>?
) -> rvg_status {
  status {
    let feature = try sessions.object(session).feature(checkedText(name, "name"))
    let shape = try checked(shape, "shape")
    guard feature.shape.count == 4 else {
      throw Failure(
        RVG_INVALID_ARGUMENT,
        "the feature '\(feature.name)' has \(feature.shape.count) dimensions, not four;"
          + " rvg_session_output_shape gives any number")
    }
    for (index, dimension) in feature.shape.enumerated() { shape[index] = Int64(dimension) }
  }
}

/// Copies a feature of the last run; see `repvgg.h`.
@c @implementation
public func rvg_session_copy_feature(
  _ session: OpaquePointer?, _ name: UnsafePointer<CChar>?,
  _ output: UnsafeMutablePointer<Float>?, _ output_count: Int64
) -> rvg_status {
  status {
    try sessions.object(session).copyFeature(
      checkedText(name, "name"), to: checked(output, "output"), count: output_count)
  }
}

/// Gives up the caller's hold of a session; see `repvgg.h`.
@c @implementation
public func rvg_session_destroy(_ session: OpaquePointer?) {
  guard let session = sessions.remove(session), !session.isUsable else { return }
  // Its threads are the parent process's: nobody would ever answer a request to end.
  _ = Unmanaged.passRetained(session)
}
