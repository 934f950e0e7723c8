import RepVGG
import TestSupport

/// Reproducible images with values of both signs.
func sampleImages(_ input: InputShape) -> [Float] {
  var generator = SeededGenerator(seed: 42)
  return generator.floats(input.elementCount)
}
