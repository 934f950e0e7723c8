import Foundation

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count == 2, let checkpoint = arguments.first, let images = arguments.last else {
  FileHandle.standardError.write(Data("usage: link CHECKPOINT IMAGES.npy\n".utf8))
  exit(64)
}
do {
  for (image, classes) in try topClasses(checkpoint: checkpoint, images: images, count: 5)
    .enumerated()
  {
    print("image \(image):", classes.map(String.init).joined(separator: " "))
  }
} catch {
  FileHandle.standardError.write(Data("link: \(error)\n".utf8))
  exit(1)
}
