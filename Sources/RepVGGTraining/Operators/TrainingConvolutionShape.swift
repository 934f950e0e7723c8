import CTrainingKernels
import RepVGG

/// A convolution's sizes: square kernels, square strides, zero padding, no dilation.
package struct TrainingConvolutionShape: Sendable, Hashable {
  package let batch: Int
  package let height: Int
  package let width: Int
  package let inputChannels: Int
  package let outputChannels: Int
  package let kernel: Int
  package let stride: Int
  package let padding: Int
  package let groups: Int

  /// Sizes, checked: channels divide by groups, no product overflows, BLAS can count them.
  ///
  /// - Throws: `invalidArgument` with the size that does not fit.
  package init(
    batch: Int, height: Int, width: Int, inputChannels: Int, outputChannels: Int, kernel: Int,
    stride: Int, padding: Int, groups: Int = 1
  ) throws {
    let positive = [batch, height, width, inputChannels, outputChannels, kernel, stride, groups]
    guard positive.allSatisfy({ (1...(1 << 24)).contains($0) }), (0..<kernel).contains(padding)
    else { throw RepVGGError(.invalidArgument, "a convolution's sizes are out of range") }
    guard inputChannels % groups == 0, outputChannels % groups == 0 else {
      throw RepVGGError(
        .invalidArgument,
        "\(inputChannels) and \(outputChannels) channels do not divide into \(groups) groups")
    }
    guard height + 2 * padding >= kernel, width + 2 * padding >= kernel else {
      throw RepVGGError(
        .invalidArgument, "a kernel of \(kernel) does not fit an image of \(height)x\(width)")
    }
    self.batch = batch
    self.height = height
    self.width = width
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.groups = groups
    let limit = Int(Int32.max)
    let pixels = max(height * width, outputHeight * outputWidth)
    let (rows, rowsOverflow) = batch.multipliedReportingOverflow(by: pixels)
    let (taps, tapsOverflow) = (kernel * kernel).multipliedReportingOverflow(by: inputChannels)
    guard !rowsOverflow, !tapsOverflow, rows <= limit, taps <= limit,
      max(rows, taps, outputChannels) <= limit / 2,
      !rows.multipliedReportingOverflow(by: max(inputChannels, outputChannels)).overflow,
      !taps.multipliedReportingOverflow(by: outputChannels).overflow
    else { throw RepVGGError(.invalidArgument, "a convolution is too large") }
  }

  /// Rows of the output image.
  package var outputHeight: Int { (height + 2 * padding - kernel) / stride + 1 }
  /// Columns of the output image.
  package var outputWidth: Int { (width + 2 * padding - kernel) / stride + 1 }
  /// Output pixels of the whole batch: rows of the matrix product.
  package var rows: Int { batch * outputHeight * outputWidth }
  /// Input elements of the whole batch.
  package var inputCount: Int { batch * height * width * inputChannels }
  /// Output elements of the whole batch.
  package var outputCount: Int { rows * outputChannels }
  /// Input values that one output value of a group sees.
  package var patchCount: Int { kernel * kernel * groupInputs }
  /// Weights.
  package var weightCount: Int { outputChannels * patchCount }
  /// Multiplications of the forward pass.
  package var multiplicationCount: Int { rows * weightCount }
  var groupInputs: Int { inputChannels / groups }
  var groupOutputs: Int { outputChannels / groups }

  /// Whether the patches are the input's pixels as they are stored.
  var patchesArePixels: Bool { kernel == 1 && stride == 1 && padding == 0 }

  /// The convolution that takes the output's gradient to the input's, where that is one: with
  /// stride 1 and as much padding on either side, it is this one with channels exchanged.
  var mirrored: TrainingConvolutionShape? {
    guard stride == 1, kernel == 2 * padding + 1 else { return nil }
    return TrainingConvolutionShape(exchangingChannelsOf: self)
  }

  private init(exchangingChannelsOf shape: TrainingConvolutionShape) {
    batch = shape.batch
    height = shape.height
    width = shape.width
    inputChannels = shape.outputChannels
    outputChannels = shape.inputChannels
    kernel = shape.kernel
    stride = shape.stride
    padding = shape.padding
    groups = shape.groups
  }

  /// The patches that a group reads.
  func geometry(group: Int) -> rvgk_patch_geometry {
    rvgk_patch_geometry(
      height: height, width: width, channels: inputChannels, group_offset: group * groupInputs,
      group_channels: groupInputs, kernel: kernel, stride: stride, padding: padding,
      output_height: outputHeight, output_width: outputWidth)
  }
}
