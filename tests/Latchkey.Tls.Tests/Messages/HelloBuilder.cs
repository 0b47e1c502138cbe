using System.Buffers.Binary;
using System.Text;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Tests.Messages;

/// <summary>A ClientHello as a test wants it, well-formed or not.</summary>
internal sealed class HelloBuilder
{
    public ushort Version { get; init; } = 0x0303;

    public byte[] Random { get; init; } = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    public byte[] SessionId { get; init; } = [];

    public ushort[] Suites { get; init; } = [0xC02F];

    public byte[] CompressionMethods { get; init; } = [0];

    /// <summary>null: no extension block at all.</summary>
    public List<(ExtensionType Type, byte[] Body)>? Extensions { get; init; } = [];

    /// <summary>What a TLS 1.3 client sends at least.</summary>
    public static HelloBuilder Tls13(params (ExtensionType Type, byte[] Body)[] more) => new()
    {
        Suites = [0x1301, 0x1302, 0x1303],
        Extensions =
        [
            (ExtensionType.SupportedVersions, V8(U16(0x0304))),
            (ExtensionType.SupportedGroups, V16(U16(0x001D, 0x0017))),
            (ExtensionType.SignatureAlgorithms, V16(U16(0x0403, 0x0804))),
            (ExtensionType.KeyShare, V16([.. U16(0x001D), .. V16(new byte[32])])),
            .. more,
        ],
    };

    /// <summary>What a TLS 1.2 client sends at least for an ECDHE suite.</summary>
    public static HelloBuilder Tls12(params (ExtensionType Type, byte[] Body)[] more) => new()
    {
        Suites = [0xC02B, 0xC02F, 0xC02C, 0xC030],
        Extensions =
        [
            (ExtensionType.SupportedGroups, V16(U16(0x001D, 0x0017))),
            (ExtensionType.SignatureAlgorithms, V16(U16(0x0403, 0x0804, 0x0401))),
            .. more,
        ],
    };

    public HelloBuilder With(ExtensionType type, byte[] body)
    {
        Extensions!.RemoveAll(extension => extension.Type == type);
        Extensions.Add((type, body));
        return this;
    }

    public HelloBuilder Without(ExtensionType type)
    {
        Extensions!.RemoveAll(extension => extension.Type == type);
        return this;
    }

    public ClientHello Parse() => ClientHello.Parse(Build());

    public HandshakeMessage Build() => HandshakeMessage.Encode(HandshakeType.ClientHello, Body());

    public byte[] Body()
    {
        byte[] start = [.. U16(Version), .. Random, .. V8(SessionId), .. V16(U16(Suites)), .. V8(CompressionMethods)];
        return Extensions is null ? start : [.. start, .. V16([.. Extensions.SelectMany(extension => (byte[])[.. U16((ushort)extension.Type), .. V16(extension.Body)])])];
    }

    public static byte[] ServerName(string name) => V16([0, .. V16(Encoding.Latin1.GetBytes(name))]);

    public static byte[] Alpn(params string[] names) => V16([.. names.SelectMany(name => V8(Encoding.Latin1.GetBytes(name)))]);

    public static byte[] U16(params ushort[] values)
    {
        var bytes = new byte[2 * values.Length];
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2 * i), values[i]);
        return bytes;
    }

    public static byte[] V8(byte[] content) => [checked((byte)content.Length), .. content];

    public static byte[] V16(byte[] content) => [.. U16(checked((ushort)content.Length)), .. content];
}
