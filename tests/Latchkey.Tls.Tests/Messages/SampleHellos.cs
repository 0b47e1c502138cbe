using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Tests.Messages;

/// <summary>ClientHellos as clients sent them, header included; the Chrome-like one is put together after what Chromium sends.</summary>
internal static class SampleHellos
{
    /// <summary>openssl s_client 3.0, all versions, ALPN.</summary>
    private const string OpenSsl13 =
        "0100014703039a018e74201eea7f1260b3f69f964656aca018cbb8cc61287b45fb485b1b0b1620ea5363967fd86a692a2de83cf2b5841dc068b57e9d" +
        "67773b1e6358fd4e8ad2e9003e130213031301c02cc030009fcca9cca8ccaac02bc02f009ec024c028006bc023c0270067c00ac0140039c009c01300" +
        "33009d009c003d003c0035002f00ff010000c000000011000f00000c6578616d706c652e74657374000b000403000102000a00160014001d0017001e" +
        "0019001801000101010201030104002300000010000e000c02683208687474702f312e310016000000170000000d002a002804030503060308070808" +
        "0809080a080b080408050806040105010601030303010302040205020602002b0009080304030303020301002d00020101003300260024001d0020c3" +
        "3c1fd6e2aad4af8cd6d8ecf9b42470fa53b4100183b261312679b54b733257";

    /// <summary>openssl s_client 3.0 -tls1_2.</summary>
    private const string OpenSsl12 =
        "010000c80303647cc71fadb30bab15cfd407321757b1b6cd8369d8902149d65c4509640b2474000038c02cc030009fcca9cca8ccaac02bc02f009ec0" +
        "24c028006bc023c0270067c00ac0140039c009c0130033009d009c003d003c0035002f00ff0100006700000011000f00000c6578616d706c652e7465" +
        "7374000b000403000102000a000c000a001d0017001e00190018002300000016000000170000000d002a0028040305030603080708080809080a080b" +
        "080408050806040105010601030303010302040205020602";

    /// <summary>gnutls-cli 3.7.</summary>
    private const string GnuTls =
        "01000181030309a4adbd93f6ef1509f1e1569e2d21433e7288017558880cb5527b1adda793db204700ec5869fc0c067d37f654450277f9b13c148d57" +
        "06f69305e9e9c12f75ec13003a1302130313011304c02ccca9c0adc00ac02bc0acc009c030cca8c014c02fc013009dc09d0035009cc09c002f009fcc" +
        "aac09f0039009ec09e0033010000fe000500050100000000000a00160014001700180019001d001e01000101010201030104000b00020100000d0022" +
        "0020040108090804040308070501080a0805050308080601080b08060603020102030016000000170000002300000033006b00690017004104445cfb" +
        "f7ad9e5e0f974bfaf70d3ea1dbc866f5bd99a952c1c945887b3e8ff1e1983099cdb8b712b754dc7b25b9492777dd97aa916f9c6572313e1352913af3" +
        "15001d0020069e2ac483b7b4797ed128b22cb84be9bd2ef90411adfef9d8a39e33c5844e20002b0009080304030303020301ff010001000000001100" +
        "0f00000c6578616d706c652e74657374002d0003020100001c00024001";

    public static IReadOnlyDictionary<string, HandshakeMessage> All { get; } = new Dictionary<string, HandshakeMessage>
    {
        ["openssl, TLS 1.3"] = new(Convert.FromHexString(OpenSsl13)),
        ["openssl, TLS 1.2"] = new(Convert.FromHexString(OpenSsl12)),
        ["gnutls"] = new(Convert.FromHexString(GnuTls)),
        ["chrome"] = ChromeLike().Build(),
        ["resuming"] = Resuming().Build(),
    };

    public static TheoryData<string> Names => [.. All.Keys];

    /// <summary>GREASE (RFC 8701) in every list that allows it, and extensions nobody here knows.</summary>
    public static HelloBuilder ChromeLike() => new()
    {
        SessionId = [.. Enumerable.Repeat((byte)7, 32)],
        Suites = [0xCACA, 0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0xC014, 0x009C, 0x009D, 0x002F, 0x0035],
        Extensions =
        [
            ((ExtensionType)0x9A9A, []),
            (ExtensionType.ServerName, HelloBuilder.ServerName("example.test")),
            (ExtensionType.ExtendedMasterSecret, []),
            (ExtensionType.RenegotiationInfo, [0]),
            (ExtensionType.SupportedGroups, HelloBuilder.V16(HelloBuilder.U16(0x2A2A, 0x11EC, 0x001D, 0x0017, 0x0018))),
            (ExtensionType.EcPointFormats, [1, 0]),
            (ExtensionType.SessionTicket, []),
            (ExtensionType.ApplicationLayerProtocolNegotiation, HelloBuilder.Alpn("h2", "http/1.1")),
            (ExtensionType.StatusRequest, [1, 0, 0, 0, 0]),
            (ExtensionType.SignatureAlgorithms, HelloBuilder.V16(HelloBuilder.U16(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601))),
            ((ExtensionType)18, []),
            (ExtensionType.KeyShare, HelloBuilder.V16([.. HelloBuilder.U16(0x2A2A), 0, 1, 0, .. HelloBuilder.U16(0x11EC), .. HelloBuilder.V16(new byte[1216]), .. HelloBuilder.U16(0x001D), .. HelloBuilder.V16([9, .. new byte[31]])])),
            (ExtensionType.PskKeyExchangeModes, [1, 1]),
            (ExtensionType.SupportedVersions, HelloBuilder.V8(HelloBuilder.U16(0x6A6A, 0x0304, 0x0303))),
            ((ExtensionType)27, [2, 0, 2]),
            ((ExtensionType)17613, [0, 3, 2, 0x68, 0x32]),
            ((ExtensionType)0xFE0D, new byte[186]),
            ((ExtensionType)0x8A8A, [0]),
        ],
    };

    /// <summary>Early data and two tickets: pre_shared_key is last.</summary>
    public static HelloBuilder Resuming() => HelloBuilder.Tls13(
        (ExtensionType.PskKeyExchangeModes, [1, 1]),
        (ExtensionType.EarlyData, []),
        (ExtensionType.Cookie, HelloBuilder.V16([1, 2, 3])),
        (ExtensionType.RecordSizeLimit, HelloBuilder.U16(0x4001)),
        (ExtensionType.PreSharedKey,
        [
            .. HelloBuilder.V16([.. HelloBuilder.V16([1, 2, 3, 4]), 0, 0, 1, 0, .. HelloBuilder.V16([5]), 0xFF, 0xFF, 0xFF, 0xFF]),
            .. HelloBuilder.V16([.. HelloBuilder.V8(new byte[32]), .. HelloBuilder.V8(new byte[48])]),
        ]));
}
