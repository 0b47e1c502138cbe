namespace Latchkey.Interop.TicketExport;

/// <summary>A folder in memory that goes with the test.</summary>
internal sealed class MemoryFolder : IDisposable
{
    public MemoryFolder() => Directory.CreateDirectory(Path);

    public string Path { get; } = System.IO.Path.Combine("/dev/shm", $"latchkey-test-{Guid.NewGuid():N}");

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
