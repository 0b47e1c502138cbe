using System.Collections.Concurrent;
using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Tls13;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Tests;

/// <summary>A site's key at the fake key server, and the certificate an edge has of it.</summary>
internal sealed class RemoteKey
{
    private static readonly ConcurrentDictionary<TestKey, RemoteKey> Made = new();
    private readonly PrivateKey _key;

    private RemoteKey(TestKey kind)
    {
        using var authority = TestAuthority.Create();
        var issued = authority.IssueServer(kind, "www.example.test");
        using var certificate = issued.WithoutPrivateKey();
        PublicKey = CryptoProvider.Default.ImportPublicKey(certificate.PublicKey.ExportSubjectPublicKeyInfo());
        _key = CryptoProvider.Default.ImportPrivateKey(issued.PrivateKey);
        Pkcs8 = issued.PrivateKey;
        Certificate = new TlsCertificate { Chain = [issued.Certificate], PublicKey = PublicKey, Custody = new SignatureCustody("none", null!) };
    }

    /// <summary>One of each kind for all tests: making an RSA key takes longer than any of them.</summary>
    public static RemoteKey Of(TestKey kind) => Made.GetOrAdd(kind, kind => new RemoteKey(kind));

    /// <summary>A ClientHello without extensions; its random is 32 times 7.</summary>
    public static HandshakeMessage Hello { get; } = HandshakeMessage.Encode(HandshakeType.ClientHello, [3, 3, .. Enumerable.Repeat((byte)7, 32), 0, 0, 2, 0, 0x9D, 1, 0]);

    public PublicKey PublicKey { get; }

    public TlsCertificate Certificate { get; }

    /// <summary>The private key.</summary>
    public byte[] Pkcs8 { get; }

    /// <summary>The request last answered.</summary>
    public KeylessMessage? Last { get; private set; }

    public HandshakeFacts Handshake(CipherSuite suite = CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256) => new()
    {
        Crypto = CryptoProvider.Default,
        TimeProvider = TimeProvider.System,
        ClientHello = ClientHello.Parse(Hello),
        Certificate = Certificate,
        ServerName = "www.example.test",
        EndPoints = new TlsEndPoints(new(System.Net.IPAddress.Parse("192.0.2.7"), 40000), new(System.Net.IPAddress.Parse("2001:db8::1"), 443)),
        CipherSuite = suite,
        Sentinel = DowngradeSentinel.Tls12,
    };

    /// <summary>Signs.</summary>
    public byte[] Sign(SignatureScheme scheme, ReadOnlySpan<byte> message) => _key.Sign(scheme, message);

    /// <summary>Answers raw and structured operations as a key server does.</summary>
    public async ValueTask AnswerAsync(FakeConnection connection, KeylessMessage message)
    {
        Last = message;
        if (!message.Items.SubjectKeyIdentifier.SequenceEqual(KeyIdentity.Of(Certificate).SubjectKeyIdentifier))
        {
            await connection.RefuseAsync(message.Id, KeylessError.KeyNotFound);
            return;
        }
        byte[] result;
        try
        {
            result = Compute(message);
        }
        catch (ArgumentException)
        {
            await connection.RefuseAsync(message.Id, KeylessError.CryptographicFailure);
            return;
        }
        await connection.RespondAsync(message.Id, result);
    }

    private byte[] Compute(KeylessMessage message)
    {
        var payload = message.Payload.Span;
        switch (message.Opcode)
        {
            case Opcode.RsaDecrypt:
                using (var block = _key.DecryptRaw(payload))
                    return block.Span.ToArray();
            case Opcode.Ed25519Sign:
                return _key.Sign(SignatureScheme.Ed25519, payload);
            case Opcode.SignServerKeyExchange:
                Assert.True(SignServerKeyExchangeItems.TryRead(message.Items, out var exchange));
                var random = FreshServerRandom.Derive(exchange.ServerNonce, (DowngradeSentinel)exchange.Sentinel);
                return _key.Sign((SignatureScheme)exchange.Scheme, [.. exchange.ClientRandom, .. random.Value.Span, .. exchange.Parameters]);
            case Opcode.SignCertificateVerify:
                Assert.True(SignCertificateVerifyItems.TryRead(message.Items, out var verify));
                return _key.Sign((SignatureScheme)verify.Scheme, CertificateVerifyContent.ForServer(verify.TranscriptHash));
            case Opcode.AgreeKeyExchange:
                Assert.True(AgreeKeyExchangeRequest.TryRead(payload, out var agree));
                Assert.Equal(KeyExchangeLevel.MasterSecret, agree.Level);
                return MasterSecret(agree);
            case Opcode.DeriveRsaMasterSecret:
                Assert.True(DeriveRsaMasterSecretItems.TryRead(message.Items, out var derive));
                return MasterSecret(derive);
            default:
                var (digest, padding) = RawParts(message.Opcode);
                return _key.SignDigest(digest, padding, payload);
        }
    }

    private byte[] MasterSecret(in DeriveRsaMasterSecretItems items)
    {
        using var premaster = _key.DecryptPremaster(items.EncryptedPremaster, items.ClientVersion);
        var random = FreshServerRandom.Derive(items.ServerNonce, (DowngradeSentinel)items.Sentinel).Value.Span;
        return MasterSecret(items.PrfHash == 5 ? DigestAlgorithm.Sha384 : DigestAlgorithm.Sha256, premaster.Span, items.ClientRandom, random, default);
    }

    /// <summary>As for a handshake with extended master secret that ends with ClientKeyExchange.</summary>
    private byte[] MasterSecret(in AgreeKeyExchangeRequest request)
    {
        using var premaster = _key.DecryptPremaster(request.ClientValue, 0x0303);
        return MasterSecret(DigestAlgorithm.Sha384, premaster.Span, default, default, SHA384.HashData(request.Messages));
    }

    public static byte[] MasterSecret(DigestAlgorithm digest, ReadOnlySpan<byte> premaster, ReadOnlySpan<byte> clientRandom, ReadOnlySpan<byte> serverRandom, ReadOnlySpan<byte> sessionHash)
    {
        var master = new byte[48];
        if (sessionHash.IsEmpty)
            Tls12Prf.Derive(CryptoProvider.Default, digest, premaster, "master secret"u8, clientRandom, serverRandom, master);
        else
            Tls12Prf.Derive(CryptoProvider.Default, digest, premaster, "extended master secret"u8, sessionHash, default, master);
        return master;
    }

    private static (DigestAlgorithm Digest, SignaturePadding Padding) RawParts(Opcode opcode) => opcode switch
    {
        Opcode.RsaSignSha256 => (DigestAlgorithm.Sha256, SignaturePadding.Pkcs1),
        Opcode.RsaSignSha384 => (DigestAlgorithm.Sha384, SignaturePadding.Pkcs1),
        Opcode.RsaSignSha512 => (DigestAlgorithm.Sha512, SignaturePadding.Pkcs1),
        Opcode.RsaPssSignSha256 => (DigestAlgorithm.Sha256, SignaturePadding.Pss),
        Opcode.RsaPssSignSha384 => (DigestAlgorithm.Sha384, SignaturePadding.Pss),
        Opcode.RsaPssSignSha512 => (DigestAlgorithm.Sha512, SignaturePadding.Pss),
        Opcode.EcdsaSignSha256 => (DigestAlgorithm.Sha256, SignaturePadding.None),
        Opcode.EcdsaSignSha384 => (DigestAlgorithm.Sha384, SignaturePadding.None),
        _ => throw new ArgumentException(opcode.ToString()),
    };
}
