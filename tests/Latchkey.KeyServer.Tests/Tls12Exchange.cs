using System.Buffers.Binary;
using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Sessions;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Tests;

/// <summary>One TLS 1.2 handshake as an edge asks about it: its randoms, its messages written out by hand, and the requests of operations 44, 45 and 46.</summary>
internal sealed record Tls12Exchange(byte[] Ski, CipherSuite Suite)
{
    public byte[] ClientRandom { get; init; } = RandomNumberGenerator.GetBytes(32);

    public byte[] Nonce { get; init; } = FreshServerRandom.Create(DowngradeSentinel.None, TimeProvider.System).Nonce.ToArray();

    /// <summary>Extended master secret, in both hellos.</summary>
    public bool Extended { get; init; } = true;

    public bool PromisesTicket { get; init; }

    public string ServerName { get; init; } = "site.test";

    /// <summary>Another than the hello's, for attacks.</summary>
    public string? NameForPolicy { get; init; }

    public byte[] SessionId { get; init; } = [];

    /// <summary>Another than the nonce leads to, for attacks.</summary>
    public byte[]? ForeignServerRandom { get; init; }

    public byte[] ServerRandom => ForeignServerRandom ?? FreshServerRandom.Derive(Nonce, DowngradeSentinel.None).Value.ToArray();

    public DigestAlgorithm Digest => Suite.Digest();

    public byte[] ClientHello
    {
        get
        {
            var name = System.Text.Encoding.ASCII.GetBytes(ServerName);
            byte[] extensions = [.. Extension(0, [.. U16(name.Length + 3), 0, .. U16(name.Length), .. name]), .. Extended ? Extension(23, []) : [], .. Extension(35, [])];
            return Message(1, [3, 3, .. ClientRandom, (byte)SessionId.Length, .. SessionId, .. U16(2), .. U16((int)Suite), 1, 0, .. U16(extensions.Length), .. extensions]);
        }
    }

    public byte[] ServerHello
    {
        get
        {
            byte[] extensions = [.. Extended ? Extension(23, []) : [], .. PromisesTicket ? Extension(35, []) : []];
            return Message(2, [3, 3, .. ServerRandom, (byte)SessionId.Length, .. SessionId, .. U16((int)Suite), 0, .. extensions.Length == 0 ? [] : U16(extensions.Length), .. extensions]);
        }
    }

    /// <summary>Through ClientKeyExchange, whose length prefix has one byte with curves and two with RSA.</summary>
    public byte[] Messages(byte[] clientValue, int prefix = 1) =>
        [.. ClientHello, .. ServerHello, .. Message(14, []), .. Message(16, [.. prefix == 1 ? [(byte)clientValue.Length] : U16(clientValue.Length), .. clientValue])];

    public RequestItems Offer(NamedGroup group, SignatureScheme scheme, bool handsOver = false) => Request(Opcode.OfferKeyExchange, (ref fields) => new OfferKeyExchangeRequest
    {
        Group = (ushort)group, Scheme = (ushort)scheme, ClientRandom = ClientRandom, ServerNonce = Nonce, Sentinel = 0, HandsOver = handsOver,
    }.Write(ref fields));

    public RequestItems Agree(KeyExchangeLevel level, byte[] state, byte[] clientValue, byte[]? messages = null, SessionFacts? session = null, byte[]? identifier = null) =>
        Request(Opcode.AgreeKeyExchange, (ref fields) => new AgreeKeyExchangeRequest
        {
            Level = level, Suite = (ushort)Suite, ClientRandom = ClientRandom, ServerNonce = Nonce, Sentinel = 0, State = state, ClientValue = clientValue,
            Messages = level == KeyExchangeLevel.Premaster ? [] : messages ?? Messages(clientValue, state.Length == 0 ? 2 : 1),
            Session = session is null ? [] : Describe(session), SessionIdentifier = identifier,
        }.Write(ref fields));

    public RequestItems Resume(byte[] ticket, byte[] identifier) => Request(Opcode.ResumeTls12, (ref fields) => new ResumeTls12Request
    {
        Ticket = ticket, SessionIdentifier = identifier, ServerNonce = Nonce, Sentinel = 0, Renews = PromisesTicket, ClientHello = ClientHello, ServerHello = ServerHello,
    }.Write(ref fields));

    /// <summary>As the site's edge would describe a session that begins now.</summary>
    public SessionFacts Facts(DateTimeOffset now) => new()
    {
        Version = TlsVersion.Tls12,
        CipherSuite = Suite,
        Site = "site.test",
        ServerName = ServerName,
        ApplicationProtocol = "h2",
        CertificateFingerprint = new byte[32],
        Established = now,
        Issued = now,
        Lifetime = TimeSpan.FromHours(1),
    };

    /// <summary>By the letter of RFC 5246 and RFC 7627, without any of the engine's code but the PRF.</summary>
    public byte[] MasterSecret(byte[] premaster, byte[] messages) => Extended
        ? Prf(premaster, "extended master secret", Hash(messages), 48)
        : Prf(premaster, "master secret", [.. ClientRandom, .. ServerRandom], 48);

    public byte[] KeyBlock(byte[] master, int size) => Prf(master, "key expansion", [.. ServerRandom, .. ClientRandom], size);

    public byte[] VerifyData(byte[] master, string label, byte[] messages) => Prf(master, label, Hash(messages), 12);

    public static byte[] Message(byte type, byte[] body) => [type, (byte)(body.Length >> 16), .. U16(body.Length & 0xFFFF), .. body];

    private byte[] Hash(byte[] messages)
    {
        var hash = new byte[Digest.SizeInBytes()];
        CryptoProvider.Default.Hash(Digest, messages, hash);
        return hash;
    }

    private byte[] Prf(byte[] secret, string label, byte[] seed, int size)
    {
        var output = new byte[size];
        Tls12Prf.Derive(CryptoProvider.Default, Digest, secret, System.Text.Encoding.ASCII.GetBytes(label), seed, [], output);
        return output;
    }

    private static byte[] Describe(SessionFacts facts)
    {
        using var nothing = new SecretBytes(48);
        using var encoded = SessionStateEncoding.Encode(new SessionState(facts, nothing))!;
        return encoded.Span.ToArray();
    }

    private RequestItems Request(Opcode opcode, WriteFields write)
    {
        var fields = new FieldWriter(256);
        write(ref fields);
        var payload = fields.Written.ToArray();
        return (ref items) =>
        {
            items.Opcode = opcode;
            items.SubjectKeyIdentifier = Ski;
            items.ServerName = System.Text.Encoding.ASCII.GetBytes(NameForPolicy ?? ServerName);
            items.Payload = payload;
        };
    }

    private delegate void WriteFields(ref FieldWriter fields);

    private static byte[] Extension(int type, byte[] body) => [.. U16(type), .. U16(body.Length), .. body];

    private static byte[] U16(int value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        return bytes;
    }
}
