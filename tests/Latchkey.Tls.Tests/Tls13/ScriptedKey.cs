using System.Buffers.Binary;
using Latchkey.Crypto;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Tls13;

namespace Latchkey.Tls.Tests.Tls13;

/// <summary>A key that a scripted client offers: from a ticket, or external.</summary>
internal sealed record ScriptedKey
{
    public required byte[] Identity { get; init; }

    public required byte[] Secret { get; init; }

    public CipherSuite Suite { get; init; } = CipherSuite.TLS_AES_128_GCM_SHA256;

    public PreSharedKeyOrigin Origin { get; init; } = PreSharedKeyOrigin.Resumption;

    public uint AgeAdd { get; init; }

    public uint Lifetime { get; init; }

    public uint MaxEarlyData { get; init; }

    /// <summary>What the client says the age is, in milliseconds.</summary>
    public uint Age { get; init; }

    /// <summary>XORed into the binder.</summary>
    public byte BinderError { get; init; }

    public static ScriptedKey FromTicket(HandshakeMessage message, CipherSuite suite, SecretBytes resumptionSecret)
    {
        var body = message.Body;
        var nonce = body.Slice(9, body.Span[8]);
        var rest = body[(9 + nonce.Length)..];
        var ticket = rest.Slice(2, BinaryPrimitives.ReadUInt16BigEndian(rest.Span));
        rest = rest[(2 + ticket.Length)..];
        Assert.Equal(rest.Length - 2, BinaryPrimitives.ReadUInt16BigEndian(rest.Span));
        var secret = new byte[suite.Digest().SizeInBytes()];
        Hkdf.ExpandLabel(CryptoProvider.Default, suite.Digest(), resumptionSecret.Span, "resumption"u8, nonce.Span, secret);
        return new ScriptedKey
        {
            Identity = ticket.ToArray(),
            Secret = secret,
            Suite = suite,
            Lifetime = BinaryPrimitives.ReadUInt32BigEndian(body.Span),
            AgeAdd = BinaryPrimitives.ReadUInt32BigEndian(body.Span[4..]),
            MaxEarlyData = ServerHelloExtensions.Find(rest[2..], ExtensionType.EarlyData) is { } early ? BinaryPrimitives.ReadUInt32BigEndian(early.Span) : 0,
        };
    }

    /// <summary>The key schedule from here.</summary>
    public EarlySecrets Begin()
    {
        using var secret = SecretBytes.CopyOf(Secret);
        return EarlySecrets.WithPreSharedKey(CryptoProvider.Default, Suite.Digest(), secret);
    }

    /// <summary>The binder over messages, the last of which is truncated.</summary>
    public byte[] Binder(byte[] truncatedHash)
    {
        var crypto = CryptoProvider.Default;
        var digest = Suite.Digest();
        using var secret = SecretBytes.CopyOf(Secret);
        using var early = Hkdf.Extract(crypto, digest, new byte[digest.SizeInBytes()], secret.Span);
        var emptyHash = new byte[digest.SizeInBytes()];
        crypto.Hash(digest, [], emptyHash);
        using var binderKey = DeriveSecret.From(crypto, digest, early, Origin == PreSharedKeyOrigin.External ? "ext binder"u8 : "res binder"u8, emptyHash);
        var binder = new byte[digest.SizeInBytes()];
        DeriveSecret.VerifyData(crypto, digest, binderKey, truncatedHash, binder);
        binder[^1] ^= BinderError;
        return binder;
    }
}
