namespace Latchkey.KeyServer.Audit;

/// <summary>The lines of one file, one after the other.</summary>
/// <param name="path">May be written to meanwhile.</param>
internal sealed class AuditLines(string path) : IDisposable
{
    private readonly FileStream _stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
    private byte[] _buffer = new byte[1024 * 1024];
    private int _start;
    private int _end;

    /// <summary>From 1, of the line read last.</summary>
    public int Number { get; private set; }

    /// <summary>Bytes behind the last newline, once there is no line any more.</summary>
    public int Rest => _end - _start;

    /// <summary>Reads the next line; without its newline, valid until the next call. False: there is none.</summary>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        while (true)
        {
            var newline = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                line = _buffer.AsSpan(_start, newline);
                _start += newline + 1;
                Number++;
                return true;
            }
            if (!Fill())
            {
                line = default;
                return false;
            }
        }
    }

    public void Dispose() => _stream.Dispose();

    private bool Fill()
    {
        var left = _end - _start;
        var target = left > _buffer.Length / 2 ? new byte[_buffer.Length * 2] : _buffer;
        _buffer.AsSpan(_start, left).CopyTo(target);
        (_buffer, _start, _end) = (target, 0, left);
        var read = _stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        return read > 0;
    }
}
