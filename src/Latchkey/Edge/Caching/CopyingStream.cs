namespace Latchkey.Edge.Caching;

/// <summary>Passes a body on as it comes and keeps a copy, as long as that is not too long.</summary>
internal sealed class CopyingStream(Stream client, SiteCache cache) : Stream
{
    private readonly MemoryStream _copy = new();
    private bool _isTooLong;

    /// <summary>All that was written; null: more than is kept.</summary>
    public byte[]? Copy => _isTooLong ? null : _copy.ToArray();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Keep(buffer.Span);
        return client.WriteAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count)
    {
        Keep(buffer.AsSpan(offset, count));
        client.Write(buffer, offset, count);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => client.FlushAsync(cancellationToken);

    public override void Flush() => client.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        cache.ReturnRoom((int)_copy.Length);
        _copy.SetLength(0);
        base.Dispose(disposing);
    }

    private void Keep(ReadOnlySpan<byte> piece)
    {
        if (_isTooLong)
            return;
        if (_copy.Length + piece.Length <= cache.Config.MaxBody && cache.TryTakeRoom(piece.Length))
        {
            _copy.Write(piece);
            return;
        }

        _isTooLong = true;
        cache.ReturnRoom((int)_copy.Length);
        _copy.SetLength(0);
        _copy.Capacity = 0;
    }
}
