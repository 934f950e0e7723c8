import Foundation
import RepVGG
import RepVGGImaging
import TestSupport
import Testing

/// Boxes from stored outputs of a detector, compared with those of
/// `scripts/make-detection-goldens.py`.
@Suite struct DetectionGoldenTests {
  private struct Scene: Decodable {
    struct Box: Decodable {
      var `class`: Int
      var score, x, y, width, height: Double
    }

    var file: String
    var width, height: Int
    var boxes: [Box]
  }

  private static func scenes() throws -> [Scene] {
    try JSONDecoder().decode(
      [Scene].self, from: Data(Fixture.bytes("detection/boxes.json")))
  }

  private func expect(_ boxes: [Detection], equal stored: [Scene.Box], _ comment: String) {
    #expect(boxes.count == stored.count && !stored.isEmpty, "\(comment)")
    for (box, target) in zip(boxes, stored) {
      #expect(box.classIndex == target.class)
      #expect(abs(Double(box.score) - target.score) <= 1e-5)
      for (value, wanted) in [
        (box.x, target.x), (box.y, target.y), (box.width, target.width),
        (box.height, target.height),
      ] {
        #expect(abs(value - wanted) <= 1e-3, "\(comment)")
      }
    }
  }

  @Test func boxesAreThoseOfTheReferenceInEveryLayout() throws {
    let scenes = try Self.scenes()
    #expect(scenes.count == 4)
    for scene in scenes {
      let output = try NPYArray(
        contentsOf: Fixture.path(
          "detection/\(scene.file.replacing(".png", with: "_output.npy"))"))
      let values = try output.floats()
      let geometry = LetterboxGeometry(
        imageWidth: scene.width, imageHeight: scene.height,
        preset: try LetterboxPreset(width: 96, height: 96))
      let found = try DetectionLayout.find(among: [("outputs", output.shape)])
      #expect(found.layout == .yolov6)
      let boxes = try values.withUnsafeBufferPointer {
        try DetectionDecoder(layout: .yolov6).detections(
          in: $0, shape: output.shape, image: 0, geometry: geometry)
      }
      expect(boxes, equal: scene.boxes, scene.file)
      // The same numbers as YOLOv8 has them; objectness is 1.
      let (anchors, numbers) = (output.shape[1], output.shape[2])
      let columns = (0..<numbers).filter { $0 != 4 }.flatMap { number in
        (0..<anchors).map { values[$0 * numbers + number] }
      }
      let transposed = try columns.withUnsafeBufferPointer {
        try DetectionDecoder(layout: .yolov8).detections(
          in: $0, shape: [1, numbers - 1, anchors], image: 0, geometry: geometry)
      }
      #expect(transposed == boxes)
    }
  }
}
