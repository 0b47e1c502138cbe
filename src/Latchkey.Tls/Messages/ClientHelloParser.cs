using Latchkey.Tls.Alerts;

namespace Latchkey.Tls.Messages;

/// <summary>The fixed part of a ClientHello and its extension block; <see cref="ClientHelloExtensions"/> reads what is inside.</summary>
internal static class ClientHelloParser
{
    private const int RandomSize = 32;
    private const int MaxSessionIdSize = 32;

    public static ClientHello Parse(HandshakeMessage message)
    {
        message.Expect(HandshakeType.ClientHello);
        var reader = new MessageReader(message.Body);
        if (!reader.TryReadUInt16(out var version)
            || !reader.TryReadBytes(RandomSize, out var random)
            || !reader.TryReadVector8(out var sessionId) || sessionId.Length > MaxSessionIdSize
            || !reader.TryReadVector16(out var suites) || suites.IsEmpty || suites.Length % 2 != 0
            || !reader.TryReadVector8(out var compressionMethods) || compressionMethods.IsEmpty)
        {
            throw Malformed("ClientHello");
        }

        var hello = new ClientHello
        {
            LegacyVersion = version,
            Random = random,
            SessionId = sessionId,
            CipherSuites = Array.ConvertAll(CodePoints.Read(suites), value => (CipherSuite)value),
            CompressionMethods = compressionMethods,
            Extensions = ReadExtensions(ref reader),
        };
        foreach (var extension in hello.Extensions)
            ClientHelloExtensions.Read(hello, extension, message);
        return hello;
    }

    public static PeerMisbehavedException Malformed(string what) => new(AlertDescription.DecodeError, $"{what} is malformed.");

    private static List<Extension> ReadExtensions(ref MessageReader reader)
    {
        // RFC 5246 §7.4.1.2: a hello may end after its compression methods; "this must be detected by the bytes that follow".
        if (reader.IsEmpty)
            return [];
        if (!reader.TryReadVector16(out var block) || !reader.IsEmpty)
            throw Malformed("The extension block of ClientHello");
        var extensions = new List<Extension>(16);
        var seen = new HashSet<ushort>(16);
        var rest = new MessageReader(block);
        while (!rest.IsEmpty)
        {
            if (!rest.TryReadUInt16(out var type) || !rest.TryReadVector16(out var body))
                throw Malformed("An extension of ClientHello");
            // The syntax is kept, a rule of RFC 8446 §4.2 is broken: illegal_parameter by the definition in §6.2 (as OpenSSL; others
            // send decode_error). Unknown types count too.
            if (!seen.Add(type))
                throw new PeerMisbehavedException(AlertDescription.IllegalParameter, $"Extension {type} occurs twice.");
            extensions.Add(new Extension((ExtensionType)type, body));
        }

        // RFC 8446 §4.2.11: servers MUST check that it is the last one and otherwise fail with illegal_parameter; the binders
        // cover the message up to themselves.
        var psk = extensions.FindIndex(extension => extension.Type == ExtensionType.PreSharedKey);
        if (psk >= 0 && psk != extensions.Count - 1)
            throw new PeerMisbehavedException(AlertDescription.IllegalParameter, "pre_shared_key is not the last extension.");
        return extensions;
    }
}
