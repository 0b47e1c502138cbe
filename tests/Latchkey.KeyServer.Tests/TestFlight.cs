using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls;
using Latchkey.Tls.Sessions;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Tests;

/// <summary>A TLS 1.3 flight as an edge would ask about, each part of which a test may spoil.</summary>
internal sealed class TestFlight : IDisposable
{
    private const ushort PreSharedKeyExtension = 41;

    private readonly byte[] _random = RandomNumberGenerator.GetBytes(32);

    public TestFlight(TestCertificate site, SignatureScheme scheme, NamedGroup group = NamedGroup.X25519)
    {
        Certificate = site.Certificate;
        Ski = site.Ski();
        Scheme = scheme;
        OfferedSchemes = [scheme];
        Group = group;
        Exchange = CryptoProvider.Default.CreateKeyExchange(group);
        Share = Exchange.PublicValue.ToArray();
    }

    public KeyExchange Exchange { get; }

    public byte[] Ski { get; }

    public byte[] Certificate { get; set; }

    public Tls13Level Level { get; set; } = Tls13Level.HandshakeSecret;

    public ushort Suite { get; set; } = (ushort)CipherSuite.TLS_AES_128_GCM_SHA256;

    public NamedGroup Group { get; }

    public SignatureScheme Scheme { get; set; }

    public byte[] Share { get; set; }

    public string? ServerName { get; set; } = "site.test";

    public string? NameItem { get; set; } = "site.test";

    public byte[]? FingerprintItem { get; set; }

    public ushort OfferedVersion { get; set; } = 0x0304;

    public ushort OfferedSuite { get; set; } = (ushort)CipherSuite.TLS_AES_128_GCM_SHA256;

    public NamedGroup? OfferedGroup { get; set; }

    public SignatureScheme[] OfferedSchemes { get; set; }

    public byte[] SessionId { get; } = RandomNumberGenerator.GetBytes(32);

    public bool AsksForCertificate { get; set; }

    public byte Tickets { get; set; }

    public string Site { get; set; } = "site.test";

    public string? Protocol { get; set; } = "h2";

    public Func<byte[], byte[]> ChangeTranscript { get; set; } = bytes => bytes;

    public Func<byte[], byte[]> ChangePrefix { get; set; } = bytes => bytes;

    public Func<byte[], byte[]> ChangeParameters { get; set; } = bytes => bytes;

    /// <summary>What the client offers beside a share; the binder is made from the key, or random where there is none.</summary>
    public (byte[] Identity, byte[]? Key)? PreSharedKey { get; set; }

    public Tls13KeyKind Kind { get; set; }

    public byte[] Transcript => ChangeTranscript(ClientHello());

    public byte[] Prefix
    {
        get
        {
            var size = Group.ServerShareSize();
            byte[] selected = PreSharedKey is null ? [] : [0, 41, 0, 2, 0, 0];
            byte[] extensions = [0, 43, 0, 2, 3, 4, .. selected, 0, 51, .. U16(4 + size), .. U16((int)Group), .. U16(size)];
            byte[] body = [3, 3, .. _random, .. Vector8(SessionId), .. U16(Suite), 0, .. U16(extensions.Length + size), .. extensions];
            return ChangePrefix([2, .. U24(body.Length + size), .. body]);
        }
    }

    public byte[] Parameters
    {
        get
        {
            byte[] encryptedExtensions = [8, 0, 0, 2, 0, 0];
            if (PreSharedKey is not null)
                return ChangeParameters(encryptedExtensions);
            byte[] request = AsksForCertificate ? [.. Message(13, [0, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3])] : [];
            return ChangeParameters([.. encryptedExtensions, .. request, .. CertificateMessage(Certificate)]);
        }
    }

    public static byte[] CertificateMessage(byte[] certificate) =>
        Message(11, [0, .. U24(certificate.Length + 5), .. U24(certificate.Length), .. certificate, 0, 0]);

    /// <summary>Operation 47, or 48 where there is a pre-shared key.</summary>
    public RequestItems Request()
    {
        var payload = Payload();
        return (ref items) =>
        {
            items.Opcode = PreSharedKey is null ? Opcode.AnswerTls13 : Opcode.ResumeTls13;
            items.SubjectKeyIdentifier = Ski;
            items.CertificateFingerprint = FingerprintItem ?? SHA256.HashData(Certificate);
            items.ServerName = NameItem is null ? default : Encoding.ASCII.GetBytes(NameItem);
            items.Payload = payload;
        };
    }

    /// <summary>What the signature covers, and everything before the server's Finished.</summary>
    public byte[] Messages(ReadOnlySpan<byte> share, ReadOnlySpan<byte> signature) =>
        [.. ThroughCertificate(share), .. Message(15, [.. U16((int)Scheme), .. U16(signature.Length), .. signature])];

    public byte[] ThroughCertificate(ReadOnlySpan<byte> share) => [.. Transcript, .. Prefix, .. share, .. Parameters];

    public static byte[] Message(byte type, byte[] body) => [type, .. U24(body.Length), .. body];

    public void Dispose() => Exchange.Dispose();

    private byte[] Payload()
    {
        var question = new Tls13QuestionFields
        {
            Level = Level,
            CipherSuite = Suite,
            Group = (ushort)Group,
            Transcript = Transcript,
            ServerHelloPrefix = Prefix,
            Parameters = Parameters,
            Tickets = Tickets,
            Session = Tickets > 0 || PreSharedKey is not null ? SessionDescription.Encode(Facts()) : default,
        };
        var fields = new FieldWriter(8192);
        if (PreSharedKey is null)
            new AnswerTls13Request { Question = question, Scheme = (ushort)Scheme }.Write(ref fields);
        else
            new ResumeTls13Request { Question = question, Kind = Kind, Identity = 0 }.Write(ref fields);
        return fields.Written.ToArray();
    }

    private SessionFacts Facts() => new()
    {
        Version = TlsVersion.Tls13,
        CipherSuite = (CipherSuite)Suite,
        Site = Site,
        ServerName = "what.the.edge.says",
        ApplicationProtocol = Protocol,
        CertificateFingerprint = new byte[32],
        Established = DateTimeOffset.UnixEpoch,
        Issued = DateTimeOffset.UnixEpoch,
        Lifetime = TimeSpan.FromHours(1),
    };

    private byte[] ClientHello()
    {
        var offeredGroup = OfferedGroup ?? Group;
        byte[] name = ServerName is null ? [] : Extension(0, Vector16([0, .. Vector16(Encoding.ASCII.GetBytes(ServerName))]));
        byte[] extensions =
        [
            .. name,
            .. Extension(10, Vector16(U16((int)offeredGroup))),
            .. Extension(13, Vector16([.. OfferedSchemes.SelectMany(scheme => U16((int)scheme))])),
            .. Extension(43, Vector8(U16(OfferedVersion))),
            .. Extension(51, Vector16([.. U16((int)offeredGroup), .. Vector16(Share)])),
            .. Extension(45, [1, 1]),
        ];
        if (PreSharedKey is not { } offer)
            return Hello(extensions);
        byte[] identities = Vector16([.. Vector16(offer.Identity), 0, 0, 0, 0]);
        byte[] WithBinder(byte[] binder) => Hello([.. extensions, .. Extension(PreSharedKeyExtension, [.. identities, .. Vector16(Vector8(binder))])]);
        if (offer.Key is null)
            return WithBinder(RandomNumberGenerator.GetBytes(32));
        var truncated = ChangeTranscript(WithBinder(new byte[32]))[..^35];
        return WithBinder(Binder(offer.Key, truncated));
    }

    private byte[] Hello(byte[] extensions) =>
        Message(1, [3, 3, .. _random, .. Vector8(SessionId), 0, 2, .. U16(OfferedSuite), 1, 0, .. Vector16(extensions)]);

    // RFC 8446 §4.2.11.2, §7.1, with "ext binder".
    private static byte[] Binder(byte[] key, byte[] truncatedHello)
    {
        var crypto = CryptoProvider.Default;
        using var early = Hkdf.Extract(crypto, DigestAlgorithm.Sha256, new byte[32], key);
        byte[] binderKey = new byte[32], finishedKey = new byte[32];
        Hkdf.ExpandLabel(crypto, DigestAlgorithm.Sha256, early.Span, "ext binder"u8, SHA256.HashData([]), binderKey);
        Hkdf.ExpandLabel(crypto, DigestAlgorithm.Sha256, binderKey, "finished"u8, [], finishedKey);
        return HMACSHA256.HashData(finishedKey, SHA256.HashData(truncatedHello));
    }

    private static byte[] Extension(int type, byte[] body) => [.. U16(type), .. Vector16(body)];

    private static byte[] Vector8(byte[] value) => [(byte)value.Length, .. value];

    private static byte[] Vector16(byte[] value) => [.. U16(value.Length), .. value];

    private static byte[] U16(int value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        return bytes;
    }

    private static byte[] U24(int value) => [(byte)(value >> 16), (byte)(value >> 8), (byte)value];
}
