using Latchkey.Crypto;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls;

/// <summary>The handshake messages so far, as a hash that can be read at any point (RFC 8446 §4.4.1, RFC 5246 §7.4.9).</summary>
public sealed class Transcript : IDisposable
{
    private readonly CryptoProvider _crypto;
    private readonly RunningHash _hash;
    private readonly List<ReadOnlyMemory<byte>> _messages = [];

    /// <summary>An empty one.</summary>
    public Transcript(CryptoProvider crypto, DigestAlgorithm digest)
        : this(crypto, crypto.CreateHash(digest))
    {
    }

    private Transcript(CryptoProvider crypto, RunningHash hash)
    {
        _crypto = crypto;
        _hash = hash;
    }

    /// <summary>The suite's digest.</summary>
    public DigestAlgorithm Digest => _hash.Algorithm;

    /// <summary>The whole messages in order, as they entered the hash: what a far holder of secrets is sent, so that it hashes them itself.
    /// A fork begins without any.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Messages => _messages;

    /// <summary>Adds a message, header included.</summary>
    public void Append(HandshakeMessage message)
    {
        _hash.Append(message.Encoded.Span);
        _messages.Add(message.Encoded);
    }

    /// <summary>Adds bytes of a message that is not complete yet.</summary>
    public void Append(ReadOnlySpan<byte> bytes) => _hash.Append(bytes);

    /// <summary>The hash so far; the caller owns the array.</summary>
    public byte[] CurrentHash()
    {
        var hash = new byte[Digest.SizeInBytes()];
        _hash.GetCurrentHash(hash);
        return hash;
    }

    /// <summary>The hash so far, into at least the digest's size.</summary>
    public void CopyCurrentHash(Span<byte> destination) => _hash.GetCurrentHash(destination);

    /// <summary>
    /// After a HelloRetryRequest the first ClientHello is replaced by a message that holds its hash (RFC 8446 §4.4.1), so that
    /// a server could do without remembering it.
    /// </summary>
    public HandshakeMessage ToMessageHash() => HandshakeMessage.Encode(HandshakeType.MessageHash, CurrentHash());

    /// <summary>An independent copy; the caller disposes it.</summary>
    public Transcript Fork() => new(_crypto, _hash.Fork());

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
