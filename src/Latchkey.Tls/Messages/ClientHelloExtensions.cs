using System.Text;
using Latchkey.Crypto;
using Latchkey.Tls.Alerts;

namespace Latchkey.Tls.Messages;

/// <summary>Decodes the extensions of a ClientHello that mean something to us; the others stay undecoded in its list.</summary>
internal static class ClientHelloExtensions
{
    /// <summary>RFC 8449 §4: "Endpoints MUST NOT send a value lower than 64", answered by illegal_parameter.</summary>
    private const int MinRecordSizeLimit = 64;

    /// <summary>RFC 8446 §4.2.11: opaque PskBinderEntry&lt;32..255&gt;.</summary>
    private const int MinBinderSize = 32;

    public static void Read(ClientHello hello, Extension extension, HandshakeMessage message)
    {
        var body = extension.Body;
        switch (extension.Type)
        {
            case ExtensionType.ServerName:
                hello.ServerName = ServerNameExtension.Read(body);
                break;
            case ExtensionType.SupportedGroups:
                hello.SupportedGroups = Array.ConvertAll(ReadList16(body, "supported_groups"), value => (NamedGroup)value);
                break;
            case ExtensionType.KeyShare:
                hello.KeyShares = ReadKeyShares(body);
                break;
            case ExtensionType.SignatureAlgorithms:
                hello.SignatureAlgorithms = Array.ConvertAll(ReadList16(body, "signature_algorithms"), value => (SignatureScheme)value);
                break;
            case ExtensionType.SignatureAlgorithmsCert:
                hello.SignatureAlgorithmsCert = Array.ConvertAll(ReadList16(body, "signature_algorithms_cert"), value => (SignatureScheme)value);
                break;
            case ExtensionType.CertificateAuthorities:
                CheckAuthorities(body);
                break;
            case ExtensionType.SupportedVersions:
                hello.SupportedVersions = Array.ConvertAll(ReadVersions(body), value => (TlsVersion)value);
                break;
            case ExtensionType.ApplicationLayerProtocolNegotiation:
                hello.ApplicationProtocols = ReadProtocols(body);
                break;
            case ExtensionType.PskKeyExchangeModes:
                hello.PskKeyExchangeModes = ReadBytes8(body, "psk_key_exchange_modes");
                break;
            case ExtensionType.PreSharedKey:
                hello.PreSharedKey = ReadPreSharedKeys(body, message);
                break;
            case ExtensionType.EarlyData:
                hello.EarlyData = ReadFlag(body, "early_data");
                break;
            case ExtensionType.Cookie:
                hello.Cookie = ReadCookie(body);
                break;
            case ExtensionType.EncryptThenMac:
                hello.EncryptThenMac = ReadFlag(body, "encrypt_then_mac");
                break;
            case ExtensionType.ExtendedMasterSecret:
                hello.ExtendedMasterSecret = ReadFlag(body, "extended_master_secret");
                break;
            case ExtensionType.RenegotiationInfo:
                hello.RenegotiationInfo = ReadRenegotiationInfo(body);
                break;
            case ExtensionType.SessionTicket:
                hello.SessionTicket = body;
                break;
            case ExtensionType.EcPointFormats:
                hello.EcPointFormats = ReadBytes8(body, "ec_point_formats");
                break;
            case ExtensionType.DelegatedCredential:
                hello.DelegatedCredentialSchemes = Array.ConvertAll(ReadList16(body, "delegated_credential"), value => (SignatureScheme)value);
                break;
            case ExtensionType.RecordSizeLimit:
                hello.RecordSizeLimit = ReadRecordSizeLimit(body);
                break;
        }
    }

    private static List<KeyShareEntry> ReadKeyShares(ReadOnlyMemory<byte> body)
    {
        var reader = new MessageReader(body);
        if (!reader.TryReadVector16(out var list) || !reader.IsEmpty)
            throw ClientHelloParser.Malformed("key_share");
        var shares = new List<KeyShareEntry>();
        var groups = new HashSet<ushort>();
        var rest = new MessageReader(list);
        while (!rest.IsEmpty)
        {
            if (!rest.TryReadUInt16(out var group) || !rest.TryReadVector16(out var share) || share.IsEmpty)
                throw ClientHelloParser.Malformed("key_share");
            // RFC 8446 §4.2.8: "Clients MUST NOT offer multiple KeyShareEntry values for the same group"; a server may check.
            if (!groups.Add(group))
                throw Illegal($"key_share has two entries for group 0x{group:X4}.");
            shares.Add(new KeyShareEntry((NamedGroup)group, share));
        }

        return shares;
    }

    private static ushort[] ReadVersions(ReadOnlyMemory<byte> body)
    {
        var reader = new MessageReader(body);
        if (!reader.TryReadVector8(out var list) || !reader.IsEmpty || list.IsEmpty || list.Length % 2 != 0)
            throw ClientHelloParser.Malformed("supported_versions");
        return CodePoints.Read(list);
    }

    private static List<string> ReadProtocols(ReadOnlyMemory<byte> body)
    {
        var reader = new MessageReader(body);
        if (!reader.TryReadVector16(out var list) || !reader.IsEmpty || list.IsEmpty)
            throw ClientHelloParser.Malformed("application_layer_protocol_negotiation");
        var names = new List<string>();
        var rest = new MessageReader(list);
        while (!rest.IsEmpty)
        {
            // RFC 7301 §3.1: "Empty strings MUST NOT be included".
            if (!rest.TryReadVector8(out var name) || name.IsEmpty)
                throw ClientHelloParser.Malformed("application_layer_protocol_negotiation");
            names.Add(Encoding.Latin1.GetString(name.Span));
        }

        return names;
    }

    private static OfferedPreSharedKeys ReadPreSharedKeys(ReadOnlyMemory<byte> body, HandshakeMessage message)
    {
        var reader = new MessageReader(body);
        if (!reader.TryReadVector16(out var identityList) || identityList.IsEmpty)
            throw ClientHelloParser.Malformed("pre_shared_key");
        // It is the last extension, so what is left of its body is what is left of the message.
        var truncatedLength = message.Encoded.Length - reader.Remaining;
        if (!reader.TryReadVector16(out var binderList) || binderList.IsEmpty || !reader.IsEmpty)
            throw ClientHelloParser.Malformed("pre_shared_key");

        var identities = new List<PreSharedKeyIdentity>();
        var rest = new MessageReader(identityList);
        while (!rest.IsEmpty)
        {
            if (!rest.TryReadVector16(out var identity) || identity.IsEmpty || !rest.TryReadUInt32(out var age))
                throw ClientHelloParser.Malformed("An identity of pre_shared_key");
            identities.Add(new PreSharedKeyIdentity(identity, age));
        }

        var binders = new List<ReadOnlyMemory<byte>>();
        rest = new MessageReader(binderList);
        while (!rest.IsEmpty)
        {
            if (!rest.TryReadVector8(out var binder) || binder.Length < MinBinderSize)
                throw ClientHelloParser.Malformed("A binder of pre_shared_key");
            binders.Add(binder);
        }

        if (identities.Count != binders.Count)
            throw Illegal("pre_shared_key has another number of binders than of identities.");
        return new OfferedPreSharedKeys(identities, binders, truncatedLength);
    }

    /// <summary>RFC 8446 §4.2.4: at least one name, none of them empty. Which they are does not matter: a site has the chain it has.</summary>
    private static void CheckAuthorities(ReadOnlyMemory<byte> body)
    {
        var reader = new MessageReader(body);
        if (!reader.TryReadVector16(out var list) || !reader.IsEmpty || list.IsEmpty)
            throw ClientHelloParser.Malformed("certificate_authorities");
        var rest = new MessageReader(list);
        while (!rest.IsEmpty)
        {
            if (!rest.TryReadVector16(out var name) || name.IsEmpty)
                throw ClientHelloParser.Malformed("certificate_authorities");
        }
    }

    private static ReadOnlyMemory<byte> ReadCookie(ReadOnlyMemory<byte> body)
    {
        var reader = new MessageReader(body);
        return reader.TryReadVector16(out var cookie) && reader.IsEmpty && !cookie.IsEmpty ? cookie : throw ClientHelloParser.Malformed("cookie");
    }

    private static ReadOnlyMemory<byte> ReadRenegotiationInfo(ReadOnlyMemory<byte> body)
    {
        var reader = new MessageReader(body);
        return reader.TryReadVector8(out var verifyData) && reader.IsEmpty ? verifyData : throw ClientHelloParser.Malformed("renegotiation_info");
    }

    private static int ReadRecordSizeLimit(ReadOnlyMemory<byte> body)
    {
        var reader = new MessageReader(body);
        if (!reader.TryReadUInt16(out var limit) || !reader.IsEmpty)
            throw ClientHelloParser.Malformed("record_size_limit");
        return limit >= MinRecordSizeLimit ? limit : throw Illegal($"record_size_limit is {limit}, below {MinRecordSizeLimit}.");
    }

    private static ReadOnlyMemory<byte> ReadBytes8(ReadOnlyMemory<byte> body, string name)
    {
        var reader = new MessageReader(body);
        return reader.TryReadVector8(out var list) && reader.IsEmpty && !list.IsEmpty ? list : throw ClientHelloParser.Malformed(name);
    }

    private static ushort[] ReadList16(ReadOnlyMemory<byte> body, string name)
    {
        var reader = new MessageReader(body);
        if (!reader.TryReadVector16(out var list) || !reader.IsEmpty || list.IsEmpty || list.Length % 2 != 0)
            throw ClientHelloParser.Malformed(name);
        return CodePoints.Read(list);
    }

    private static bool ReadFlag(ReadOnlyMemory<byte> body, string name) => body.IsEmpty ? true : throw ClientHelloParser.Malformed(name);

    private static PeerMisbehavedException Illegal(string message) => new(AlertDescription.IllegalParameter, message);
}
