using System.Buffers.Binary;
using System.Text;
using Latchkey.Crypto;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Tests.Tls13;

/// <summary>A ClientHello that a test can make as wrong as it likes.</summary>
internal sealed record ClientHelloScript
{
    public byte[] Random { get; init; } = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    public byte[] SessionId { get; init; } = [.. Enumerable.Repeat((byte)0x5E, 32)];
    public ushort[] Suites { get; init; } = [0x0A0A, 0x1301, 0x1302, 0x1303];
    public byte[] Compression { get; init; } = [0];
    public string? ServerName { get; init; } = "example.test";
    public ushort[]? Groups { get; init; } = [0x1A1A, (ushort)NamedGroup.X25519, (ushort)NamedGroup.Secp256r1];
    public ushort[]? Schemes { get; init; } = [0x2A2A, (ushort)SignatureScheme.EcdsaSecp256r1Sha256, (ushort)SignatureScheme.RsaPssRsaeSha256];
    public ushort[] Versions { get; init; } = [0x3A3A, 0x0304, 0x0303];
    public IReadOnlyList<(ushort Group, byte[] Share)>? Shares { get; init; }
    public bool WithoutShares { get; init; }
    public string[] Protocols { get; init; } = [];
    public int? RecordSizeLimit { get; init; }
    public IReadOnlyList<(ushort Type, byte[] Body)> MoreExtensions { get; init; } = [];

    public HandshakeMessage Encode()
    {
        var body = new List<byte> { 3, 3 };
        body.AddRange(Random);
        body.Add((byte)SessionId.Length);
        body.AddRange(SessionId);
        body.AddRange(Vector16(Numbers(Suites)));
        body.Add((byte)Compression.Length);
        body.AddRange(Compression);
        var extensions = new List<byte>();
        Add(0x4A4A, []);
        if (ServerName is { } name)
            Add(0, Vector16([0, .. Vector16(Encoding.ASCII.GetBytes(name))]));
        if (Groups is not null)
            Add(10, Vector16(Numbers(Groups)));
        if (Schemes is not null)
            Add(13, Vector16(Numbers(Schemes)));
        if (Protocols.Length > 0)
            Add(16, Vector16([.. Protocols.SelectMany(protocol => (byte[])[(byte)protocol.Length, .. Encoding.ASCII.GetBytes(protocol)])]));
        if (RecordSizeLimit is { } limit)
            Add(28, Numbers([(ushort)limit]));
        if (Versions.Length > 0)
            Add(43, [(byte)(2 * Versions.Length), .. Numbers(Versions)]);
        if (!WithoutShares)
            Add(51, Vector16([.. (Shares ?? []).SelectMany(share => (byte[])[.. Numbers([share.Group]), .. Vector16(share.Share)])]));
        foreach (var (type, extension) in MoreExtensions)
            Add(type, extension);
        body.AddRange(Vector16([.. extensions]));
        return HandshakeMessage.Encode(HandshakeType.ClientHello, [.. body]);

        void Add(ushort type, byte[] extension) => extensions.AddRange([.. Numbers([type]), .. Vector16(extension)]);
    }

    private static byte[] Vector16(byte[] content) => [.. Numbers([(ushort)content.Length]), .. content];

    private static byte[] Numbers(ushort[] numbers)
    {
        var bytes = new byte[2 * numbers.Length];
        for (var i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2 * i), numbers[i]);
        return bytes;
    }
}
