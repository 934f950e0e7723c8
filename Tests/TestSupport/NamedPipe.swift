import Foundation

/// Both ends of a pipe that no other test's process can inherit: they close on exec from the start,
/// as those of `pipe` do not.
package struct NamedPipe {
  package let reader: FileHandle
  package let writer: FileHandle

  package init() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("pipe")
    guard mkfifo(path, 0o600) == 0 else { throw ToolProcess.Failure(reason: "no pipe") }
    let read = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    let write = open(path, O_WRONLY | O_CLOEXEC)
    guard read >= 0, write >= 0, fcntl(read, F_SETFL, 0) == 0 else {
      throw ToolProcess.Failure(reason: "no pipe")
    }
    reader = FileHandle(fileDescriptor: read, closeOnDealloc: true)
    writer = FileHandle(fileDescriptor: write, closeOnDealloc: true)
  }
}
