using System.Buffers.Binary;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Records;

/// <summary>Cuts the contents of handshake records into messages, which may span records and share them (RFC 8446 §5.1).</summary>
internal sealed class HandshakeReassembly
{
    private byte[] _bytes = [];
    private int _start;
    private int _end;

    /// <summary>No byte of a further message has arrived: keys may change, other record types may come.</summary>
    public bool IsAtBoundary => _start == _end;

    /// <summary>Adds a record's content.</summary>
    public void Append(ReadOnlySpan<byte> content)
    {
        if (_bytes.Length - _end < content.Length)
            MakeRoom(content.Length);
        content.CopyTo(_bytes.AsSpan(_end));
        _end += content.Length;
    }

    /// <summary>Takes the next message, whose bytes are its own.</summary>
    /// <param name="maxSize">Header included. What a header announces is refused at once: memory grows with bytes that have
    /// arrived, never with a promise.</param>
    /// <param name="message">The message.</param>
    /// <returns>false where its end has not arrived.</returns>
    /// <exception cref="TlsLimitReachedException">It will be longer than <paramref name="maxSize"/>.</exception>
    public bool TryTake(int maxSize, out HandshakeMessage message)
    {
        message = default;
        var available = _bytes.AsSpan(_start, _end - _start);
        if (available.Length < HandshakeMessage.HeaderSize)
            return false;
        var size = HandshakeMessage.HeaderSize + (BinaryPrimitives.ReadInt32BigEndian(available) & 0xFFFFFF);
        if (size > maxSize)
            throw new TlsLimitReachedException(AlertDescription.IllegalParameter, $"A handshake message of {size} bytes is announced; the limit is {maxSize}.");
        if (available.Length < size)
            return false;
        message = new HandshakeMessage(available[..size].ToArray());
        _start += size;
        if (_start == _end)
            Release();
        return true;
    }

    private void MakeRoom(int length)
    {
        var kept = _end - _start;
        var bytes = new byte[Math.Max(kept + length, 2 * _bytes.Length)];
        _bytes.AsSpan(_start, kept).CopyTo(bytes);
        _bytes = bytes;
        _start = 0;
        _end = kept;
    }

    /// <summary>Messages are rare after the handshake: an idle connection holds no array for them.</summary>
    private void Release()
    {
        _bytes = [];
        _start = _end = 0;
    }
}
