using Latchkey.Wire;

namespace Latchkey.KeyServer.Listener;

/// <summary>What a connection has received and not yet understood: contiguous, so that frames are read in place.</summary>
internal sealed class ReceiveBuffer
{
    // One TLS record's worth; larger frames, which are rare, make it grow up to one largest message.
    private const int InitialSize = 16 * 1024;

    private byte[] _bytes = new byte[InitialSize];
    private int _start;
    private int _end;

    /// <summary>Bytes received and not yet understood.</summary>
    public int Count => _end - _start;

    /// <summary>Where to receive to; never empty.</summary>
    public Memory<byte> Free()
    {
        if (_start == _end)
            _start = _end = 0;
        if (_bytes.Length - _end < InitialSize / 4)
            MakeRoom();
        return _bytes.AsMemory(_end);
    }

    /// <summary>So many bytes were received.</summary>
    public void Received(int count) => _end += count;

    /// <summary>Looks at the next frame; the body lives until <see cref="Free"/>.</summary>
    public FrameStatus TryRead(out uint id, out ReadOnlySpan<byte> body)
    {
        var status = KeylessFrame.TryRead(_bytes.AsSpan(_start, _end - _start), out id, out body, out var consumed);
        _start += consumed;
        return status;
    }

    private void MakeRoom()
    {
        var length = _end - _start;
        var target = length > _bytes.Length / 2 ? new byte[Math.Min(_bytes.Length * 2, KeylessFrame.MaxSize + InitialSize)] : _bytes;
        _bytes.AsSpan(_start, length).CopyTo(target);
        (_bytes, _start, _end) = (target, 0, length);
    }
}
