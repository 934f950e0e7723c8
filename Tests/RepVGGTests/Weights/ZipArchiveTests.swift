import RepVGG
import Testing

@Suite struct ZipArchiveTests {
  static let pickle = Pickle.whole(Pickle.dictionary([("t", PickleTests.tensor)]))
  static let good = ZipBuilder(torch: pickle, storages: [("0", PickleTests.elements)])

  static func changed(_ change: (inout ZipBuilder) -> Void) -> ZipBuilder {
    var builder = good
    change(&builder)
    return builder
  }

  @Test func readsZip64CommentsAndSizesBehindData() throws {
    let variants = [
      Self.changed { $0.usesZip64 = true },
      Self.changed { for index in $0.members.indices { $0.members[index].usesZip64 = true } },
      Self.changed { $0.comment = Array("PK\u{5}\u{6} is no end record here at all".utf8) },
      Self.changed {
        $0.members[2].flags = 8
        $0.members[2].localSize = 0
      },
      Self.changed { $0.members.reverse() },
      ZipBuilder(torch: Self.pickle, storages: [("0", PickleTests.elements)], byteOrder: nil),
    ]
    for variant in variants {
      #expect(try SafetensorsTests.read(variant.bytes).tensors["t"]?.floats() == [0, 1, 2])
    }
  }

  @Test(
    arguments: [
      ("compressed bytes are damaged", .badData, changed { $0.members[0].method = 8 }),
      ("compressed bytes are damaged", .badData, changed { $0.members[2].method = 8 }),
      ("compressed by method 12", .unsupported, changed { $0.members[2].method = 12 }),
      ("encrypted", .unsupported, changed { $0.members[2].flags = 1 }),
      ("differs between", .badData, changed { $0.members[2].localName = "archive/data/1" }),
      ("differs in size", .badData, changed { $0.members[2].localSize = 4 }),
      ("differs in size", .badData, changed { $0.members[2].centralSize = 4 }),
      (
        "overlaps", .badData,
        changed {
          $0.members[2].flags = 8
          $0.members[2].centralSize = 60
        }
      ),
      ("no header", .badData, changed { $0.members[2].headerOffset = 5 }),
      ("behind the end", .badData, changed { $0.members[2].headerOffset = 1 << 30 }),
      ("damaged", .badData, changed { $0.entryCount = 5 }),
      ("does not fit", .badData, changed { $0.entryCount = 60000 }),
      ("lacks the member", .badData, changed { $0.entryCount = 2 }),
      ("twice", .badData, changed { $0.members.append($0.members[1]) }),
      (
        "2 members data.pkl", .badData,
        changed { $0.members.append(.init(name: "b/data.pkl", data: [])) }
      ),
      ("zip archive of 4 members, the first 'x'", .badData, changed { $0.members[0].name = "x" }),
      (
        "TorchScript", .unsupported,
        changed { $0.members.append(.init(name: "archive/constants.pkl", data: [])) }
      ),
      ("neither", .badData, ZipBuilder(torch: pickle, byteOrder: "littler")),
      (
        "leaves the file", .badData,
        changed {
          $0.members[2].centralSize = 1 << 30; $0.members[2].flags = 8
        }
      ),
    ] as [(String, RepVGGError.Kind, ZipBuilder)])
  func namesWhatIsWrong(_ reason: String, _ kind: RepVGGError.Kind, _ builder: ZipBuilder) throws {
    let error = #expect(throws: RepVGGError.self) { try SafetensorsTests.read(builder.bytes) }
    #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    #expect(error?.kind == kind)
  }
}
