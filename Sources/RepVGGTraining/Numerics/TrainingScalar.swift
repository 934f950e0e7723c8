import CTrainingKernels

/// The element type of a training run: `Float` for use, `Double` for proof.
public protocol TrainingScalar: BinaryFloatingPoint, Sendable {
  /// The element loops and matrix product for this type.
  static var kernels: TrainingKernels<Self> { get }
}

extension Float: TrainingScalar {
  /// Single-precision loops, and sgemm.
  public static let kernels = TrainingKernels<Float>(
    multiply: multiplyFloat,
    gatherPatches: rvgk_gather_patches_f32, scatterPatches: rvgk_scatter_patches_f32,
    moments: rvgk_moments_f32, affineSum: rvgk_affine_sum_f32,
    affineSumBackward: rvgk_affine_sum_backward_f32, affinePair: rvgk_affine_pair_f32,
    affine: rvgk_affine_f32, relu: rvgk_relu_f32, reluBackward: rvgk_relu_backward_f32,
    sigmoid: rvgk_sigmoid_f32, crossEntropy: rvgk_cross_entropy_f32, sgd: rvgk_sgd_f32,
    adamW: rvgk_adamw_f32, adamWParts: rvgk_adamw_parts_f32, squareSum: rvgk_square_sum_f32,
    scale: rvgk_scale_f32, add: rvgk_add_f32, countCorrect: rvgk_count_correct_f32,
    firstNonFinite: rvgk_first_non_finite_f32,
    makeGraph: {
      try TrainingGraph<Float>(
        $0, store: $1, batch: $2, height: $3, width: $4, isTraining: $5, threads: $6)
    }, writeImage: { $0.write($1, $2, $3, $4) })
}

extension Double: TrainingScalar {
  /// Double-precision loops, and dgemm.
  public static let kernels = TrainingKernels<Double>(
    multiply: multiplyDouble,
    gatherPatches: rvgk_gather_patches_f64, scatterPatches: rvgk_scatter_patches_f64,
    moments: rvgk_moments_f64, affineSum: rvgk_affine_sum_f64,
    affineSumBackward: rvgk_affine_sum_backward_f64, affinePair: rvgk_affine_pair_f64,
    affine: rvgk_affine_f64, relu: rvgk_relu_f64, reluBackward: rvgk_relu_backward_f64,
    sigmoid: rvgk_sigmoid_f64, crossEntropy: rvgk_cross_entropy_f64, sgd: rvgk_sgd_f64,
    adamW: rvgk_adamw_f64, adamWParts: rvgk_adamw_parts_f64, squareSum: rvgk_square_sum_f64,
    scale: rvgk_scale_f64, add: rvgk_add_f64, countCorrect: rvgk_count_correct_f64,
    firstNonFinite: rvgk_first_non_finite_f64,
    makeGraph: {
      try TrainingGraph<Double>(
        $0, store: $1, batch: $2, height: $3, width: $4, isTraining: $5, threads: $6)
    }, writeImage: { $0.write($1, $2, $3, $4) })
}

/// The element loops of one scalar type; `training_kernels.h` says what each computes.
///
/// A table instead of protocol requirements keeps them out of the public interface.
public struct TrainingKernels<Scalar: TrainingScalar>: Sendable {
  package typealias Source = UnsafePointer<Scalar>
  package typealias Target = UnsafeMutablePointer<Scalar>
  package typealias Sources = UnsafePointer<UnsafePointer<Scalar>>
  package typealias Sums = UnsafeMutablePointer<Double>
  package typealias Geometry = UnsafePointer<rvgk_patch_geometry>

  package let multiply: @Sendable (MatrixProduct<Scalar>) -> Void
  package let gatherPatches: @Sendable (Source, Geometry, Int, Int, Target) -> Void
  package let scatterPatches: @Sendable (Source, Geometry, Int, Int, Target) -> Void
  package let moments: @Sendable (Source, Int, Int, Sums, Sums) -> Void
  package let affineSum: @Sendable (Int, Int, Int, Sources, Sources, Source?, Int32, Target) -> Void
  package let affineSumBackward:
    @Sendable (
      Int, Int, Int, Sources?, Sources?, Source?, Sources?, Int32, Target, Sums, Sums?
    ) -> Void
  package let affinePair:
    @Sendable (Int, Int, Source, Source, Source, Source, Source, Source, Int32, Target) -> Void
  package let affine: @Sendable (Int, Int, Source, Source, Source, Int32, Target) -> Void
  package let relu: @Sendable (Int, Source, Target) -> Void
  package let reluBackward: @Sendable (Int, Source, Target) -> Void
  package let sigmoid: @Sendable (Int, Target) -> Void
  package let crossEntropy:
    @Sendable (Int, Int, Source, UnsafePointer<Int32>, Double, Double, Target?) -> Double
  package let sgd:
    @Sendable (
      Int, Target, Source, Source?, Target?, Double, Double, Double, Double, Int32, Int32
    ) -> Void
  package let adamW:
    @Sendable (
      Int, Target, Source, Source?, Target, Target, Double, Double, Double, Double, Double, Double,
      Double
    ) -> Void
  package let adamWParts:
    @Sendable (
      Int, Target, Source, Int, Sources, Target, Target, Double, Double, Double, Double, Double,
      Double, Double
    ) -> Void
  package let squareSum: @Sendable (Int, Source) -> Double
  package let scale: @Sendable (Int, Scalar, Target) -> Void
  package let add: @Sendable (Int, Source, Target) -> Void
  package let countCorrect: @Sendable (Int, Int, Source, UnsafePointer<Int32>) -> Int
  package let firstNonFinite: @Sendable (Int, Source) -> Int

  // Callers in other modules run generic code through tables of witnesses, many times slower in
  // loops. What these make is compiled here for the type, with everything that it calls.

  /// A graph, from architecture, parameters, batch, height, width, whether it trains, and threads.
  package let makeGraph:
    @Sendable (
      TrainingArchitecture, ParameterStore<Scalar>, Int, Int, Int, Bool, TrainingThreads
    ) throws -> TrainingGraph<Scalar>
  /// One image's numbers from its bytes.
  let writeImage:
    @Sendable (
      BatchComposer<Scalar>, UnsafeMutableBufferPointer<UInt8>, Augmentation.Draw,
      [(scale: Float, shift: Float)], Target
    ) -> Void
}
