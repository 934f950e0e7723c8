import CTrainingKernels

/// A convolution without bias over NHWC images, as matrix products over slices of patches.
///
/// Weights are `[output][ky][kx][input / groups]`. A slice's patches are gathered into a workspace
/// of bounded size, again in the backward pass: keeping them would cost nine activations.
package struct TrainingConvolution<Scalar: TrainingScalar> {
  package typealias Source = UnsafePointer<Scalar>
  package typealias Target = UnsafeMutablePointer<Scalar>

  package let shape: TrainingConvolutionShape
  private let threads: TrainingThreads

  /// Elements that a thread's slice of patches aims at: a share of the second-level cache.
  private static var sliceTarget: Int { 1 << 17 }
  /// Rows a slice has at least, so that packing the weights pays.
  private static var sliceMinimum: Int { 128 }
  /// Weights up to which every thread sums a gradient of its own.
  private static var privateGradientLimit: Int { 1 << 15 }

  /// A convolution of those sizes on those threads.
  package init(_ shape: TrainingConvolutionShape, threads: TrainingThreads) {
    self.shape = shape
    self.threads = threads
  }

  /// Rows of one thread's slice.
  private var sliceRows: Int {
    min(shape.rows, max(Self.sliceMinimum, Self.sliceTarget / shape.patchCount))
  }

  /// Rows of a slice that the threads share.
  private var sharedRows: Int { min(shape.rows, sliceRows * threads.count) }

  /// Weights outnumber pixels: the threads share patches and split the outputs.
  private var splitsWeights: Bool {
    threads.count > 1 && shape.groups == 1 && shape.outputChannels > shape.rows
  }

  private var usesPrivateGradients: Bool {
    threads.count > 1 && shape.weightCount <= Self.privateGradientLimit
  }

  /// Elements of workspace that the three passes need.
  package var workspaceCount: Int {
    let mirrored = shape.mirrored.map { TrainingConvolution($0, threads: threads) }
    let partials = usesPrivateGradients ? threads.count * shape.weightCount : 0
    return patchWorkspaceCount + max(partials, mirrored == nil ? 0 : shape.weightCount)
  }

  private var patchWorkspaceCount: Int {
    let own = shape.patchesArePixels ? 0 : threads.count * sliceRows * shape.patchCount
    guard let mirrored = shape.mirrored, !shape.patchesArePixels else { return own }
    let slices = TrainingConvolution(mirrored, threads: threads).sliceRows * mirrored.patchCount
    return max(own, threads.count * slices)
  }

  // MARK: - Forward

  /// `y = convolution(x, weight)`.
  package func forward(x: Source, weight: Source, y: Target, workspace: Target) {
    apply(x: x, weight: weight, isTransposed: true, y: y, accumulates: false, workspace: workspace)
  }

  /// `y (+)= patches(x) weight`, a group's weights `[output][patch]` if transposed, else
  /// `[patch][output]`.
  private func apply(
    x: Source, weight: Source, isTransposed: Bool, y: Target, accumulates: Bool, workspace: Target
  ) {
    for group in 0..<shape.groups {
      let groupWeight = weight + group * shape.groupOutputs * shape.patchCount
      func multiply(_ patches: Source, _ stride: Int, _ rows: Range<Int>, _ outputs: Range<Int>) {
        let first = outputs.lowerBound
        Scalar.kernels.multiply(
          MatrixProduct(
            rows: rows.count, columns: outputs.count, depth: shape.patchCount, a: patches,
            aStride: stride, b: groupWeight + (isTransposed ? first * shape.patchCount : first),
            bStride: isTransposed ? shape.patchCount : shape.groupOutputs,
            transposesB: isTransposed,
            c: y + rows.lowerBound * shape.outputChannels + group * shape.groupOutputs + first,
            cStride: shape.outputChannels, accumulates: accumulates))
      }
      if splitsWeights {
        inSharedSlices(x, group: group, workspace) { patches, stride, rows in
          threads.split(shape.outputChannels, grain: 16) { _, outputs in
            multiply(patches, stride, rows, outputs)
          }
        }
      } else {
        inPrivateSlices(x, group: group, workspace) { _, patches, stride, rows, _ in
          multiply(patches, stride, rows, 0..<shape.groupOutputs)
        }
      }
    }
  }

  // MARK: - Backward

  /// `gradient = d loss / d weight` for the output's gradient `dy`.
  package func backwardWeight(x: Source, dy: Source, gradient: Target, workspace: Target) {
    for group in 0..<shape.groups {
      let groupGradient = gradient + group * shape.groupOutputs * shape.patchCount
      if threads.count == 1 || usesPrivateGradients {
        let partials = workspace + patchWorkspaceCount
        let count = shape.groupOutputs * shape.patchCount
        var used = [Bool](repeating: false, count: threads.count)
        used.withUnsafeMutableBufferPointer { used in
          nonisolated(unsafe) let used = used
          inPrivateSlices(x, group: group, workspace) { worker, patches, stride, rows, isFirst in
            used[worker] = true
            multiplyTransposed(
              dy, group: group, outputs: 0..<shape.groupOutputs, rows: rows, patches: patches,
              stride: stride, gradient: worker == 0 ? groupGradient : partials + worker * count,
              accumulates: !isFirst)
          }
        }
        guard used.dropFirst().contains(true) else { continue }
        threads.split(count, grain: 1024) { _, range in
          let offset = range.lowerBound
          for worker in 1..<threads.count where used[worker] {
            Scalar.kernels.add(
              range.count, partials + worker * count + offset, groupGradient + offset)
          }
        }
      } else {
        inSharedSlices(x, group: group, workspace) { patches, stride, rows in
          threads.split(shape.groupOutputs, grain: 8) { _, outputs in
            multiplyTransposed(
              dy, group: group, outputs: outputs, rows: rows, patches: patches, stride: stride,
              gradient: groupGradient + outputs.lowerBound * shape.patchCount,
              accumulates: rows.lowerBound > 0)
          }
        }
      }
    }
  }

  /// `dx (+)= d loss / d x` for the output's gradient `dy`.
  package func backwardInput(
    dy: Source, weight: Source, dx: Target, accumulates: Bool, workspace: Target
  ) {
    if let mirrored = shape.mirrored {
      let flipped = workspace + patchWorkspaceCount
      flip(weight, to: flipped)
      TrainingConvolution(mirrored, threads: threads).apply(
        x: dy, weight: flipped, isTransposed: false, y: dx, accumulates: accumulates,
        workspace: workspace)
      return
    }
    for group in 0..<shape.groups {
      let geometry = shape.geometry(group: group)
      let imageRows = shape.outputHeight * shape.outputWidth
      let imageCount = shape.height * shape.width * shape.inputChannels
      if splitsWeights && shape.rows <= sharedRows {
        threads.split(shape.patchCount, grain: 16) { _, taps in
          multiplyRows(
            dy, weight + taps.lowerBound, group: group, rows: 0..<shape.rows, taps: taps.count,
            to: workspace + taps.lowerBound)
        }
        threads.split(shape.batch) { _, images in
          if !accumulates { clear(dx, images, imageCount) }
          withUnsafePointer(to: geometry) {
            Scalar.kernels.scatterPatches(
              workspace + images.lowerBound * imageRows * shape.patchCount, $0,
              images.lowerBound * imageRows, images.upperBound * imageRows, dx)
          }
        }
        continue
      }
      // Patches of neighbours overlap, so an image belongs to one thread.
      threads.split(shape.batch) { worker, images in
        if !accumulates && group == 0 { clear(dx, images, imageCount) }
        let patches = workspace + worker * sliceRows * shape.patchCount
        let end = images.upperBound * imageRows
        for begin in stride(from: images.lowerBound * imageRows, to: end, by: sliceRows) {
          let rows = begin..<min(begin + sliceRows, end)
          multiplyRows(
            dy, weight + group * shape.groupOutputs * shape.patchCount, group: group, rows: rows,
            taps: shape.patchCount, to: patches)
          withUnsafePointer(to: geometry) {
            Scalar.kernels.scatterPatches(patches, $0, rows.lowerBound, rows.upperBound, dx)
          }
        }
      }
    }
  }
}

// MARK: - Slices and products

extension TrainingConvolution {
  /// Splits the output rows among the threads and calls `body` for every slice of patches.
  private func inPrivateSlices(
    _ x: Source, group: Int, _ workspace: Target,
    _ body: (
      _ worker: Int, _ patches: Source, _ stride: Int, _ rows: Range<Int>, _ isFirst: Bool
    ) -> Void
  ) {
    let geometry = shape.geometry(group: group)
    threads.split(shape.rows, grain: 16) { worker, range in
      if shape.patchesArePixels {
        let pixels = x + range.lowerBound * shape.inputChannels + group * shape.groupInputs
        return body(worker, pixels, shape.inputChannels, range, true)
      }
      let patches = workspace + worker * sliceRows * shape.patchCount
      for begin in stride(from: range.lowerBound, to: range.upperBound, by: sliceRows) {
        let rows = begin..<min(begin + sliceRows, range.upperBound)
        withUnsafePointer(to: geometry) {
          Scalar.kernels.gatherPatches(x, $0, rows.lowerBound, rows.upperBound, patches)
        }
        body(worker, patches, shape.patchCount, rows, begin == range.lowerBound)
      }
    }
  }

  /// Gathers slices of patches with all threads and calls `body` for each, on the caller's.
  private func inSharedSlices(
    _ x: Source, group: Int, _ workspace: Target,
    _ body: (_ patches: Source, _ stride: Int, _ rows: Range<Int>) -> Void
  ) {
    if shape.patchesArePixels {
      return body(x + group * shape.groupInputs, shape.inputChannels, 0..<shape.rows)
    }
    let geometry = shape.geometry(group: group)
    for begin in stride(from: 0, to: shape.rows, by: sharedRows) {
      let rows = begin..<min(begin + sharedRows, shape.rows)
      threads.split(rows.count) { _, part in
        withUnsafePointer(to: geometry) {
          Scalar.kernels.gatherPatches(
            x, $0, begin + part.lowerBound, begin + part.upperBound,
            workspace + part.lowerBound * shape.patchCount)
        }
      }
      body(workspace, shape.patchCount, rows)
    }
  }

  /// `gradient (+)= transposed(dy[rows, outputs]) patches`.
  private func multiplyTransposed(
    _ dy: Source, group: Int, outputs: Range<Int>, rows: Range<Int>, patches: Source, stride: Int,
    gradient: Target, accumulates: Bool
  ) {
    let column = group * shape.groupOutputs + outputs.lowerBound
    Scalar.kernels.multiply(
      MatrixProduct(
        rows: outputs.count, columns: shape.patchCount, depth: rows.count,
        a: dy + rows.lowerBound * shape.outputChannels + column, aStride: shape.outputChannels,
        transposesA: true, b: patches, bStride: stride, c: gradient, cStride: shape.patchCount,
        accumulates: accumulates))
  }

  /// `patches = dy[rows] weight[:, taps]`.
  private func multiplyRows(
    _ dy: Source, _ weight: Source, group: Int, rows: Range<Int>, taps: Int, to patches: Target
  ) {
    Scalar.kernels.multiply(
      MatrixProduct(
        rows: rows.count, columns: taps, depth: shape.groupOutputs,
        a: dy + rows.lowerBound * shape.outputChannels + group * shape.groupOutputs,
        aStride: shape.outputChannels, b: weight, bStride: shape.patchCount, c: patches,
        cStride: shape.patchCount))
  }

  /// The weights as the mirrored convolution takes them: `[ky][kx][output][input]`, both axes of
  /// the kernel reversed, for every group.
  private func flip(_ weight: Source, to flipped: Target) {
    let (taps, inputs, outputs) = (
      shape.kernel * shape.kernel, shape.groupInputs, shape.groupOutputs
    )
    threads.split(shape.groups * outputs) { _, range in
      for output in range {
        let (group, index) = output.quotientAndRemainder(dividingBy: outputs)
        for tap in 0..<taps {
          let row = (group * taps + taps - 1 - tap) * outputs + index
          (flipped + row * inputs).update(
            from: weight + (output * taps + tap) * inputs, count: inputs)
        }
      }
    }
  }

  private func clear(_ dx: Target, _ images: Range<Int>, _ imageCount: Int) {
    (dx + images.lowerBound * imageCount).update(repeating: 0, count: images.count * imageCount)
  }
}
