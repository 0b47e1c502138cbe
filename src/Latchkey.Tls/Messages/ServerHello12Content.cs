namespace Latchkey.Tls.Messages;

/// <summary>What a key server looks for in a TLS 1.2 ServerHello that an edge composed.</summary>
/// <param name="Random">32 bytes.</param>
/// <param name="SuiteOffset">Where the suite stands in the encoded message.</param>
/// <param name="Suite">The suite.</param>
/// <param name="ExtendedMasterSecret">The extension is there.</param>
/// <param name="SessionTicket">The extension is there: a NewSessionTicket follows.</param>
internal sealed record ServerHello12Content(ReadOnlyMemory<byte> Random, int SuiteOffset, CipherSuite Suite, bool ExtendedMasterSecret, bool SessionTicket)
{
    private const int RandomSize = 32;

    /// <summary>Reads it. null: it is none, or malformed.</summary>
    public static ServerHello12Content? TryRead(HandshakeMessage message)
    {
        if (message.Type != HandshakeType.ServerHello)
            return null;
        var reader = new MessageReader(message.Body);
        if (!reader.TryReadUInt16(out var version) || version != (ushort)TlsVersion.Tls12
            || !reader.TryReadBytes(RandomSize, out var random) || !reader.TryReadVector8(out var sessionId)
            || !reader.TryReadUInt16(out var suite) || !reader.TryReadUInt8(out var compression) || compression != 0)
        {
            return null;
        }
        var extendedMasterSecret = false;
        var sessionTicket = false;
        if (!reader.IsEmpty && (!reader.TryReadVector16(out var block) || !reader.IsEmpty || !TryReadExtensions(block, out extendedMasterSecret, out sessionTicket)))
            return null;
        var suiteOffset = HandshakeMessage.HeaderSize + 2 + RandomSize + 1 + sessionId.Length;
        return new ServerHello12Content(random, suiteOffset, (CipherSuite)suite, extendedMasterSecret, sessionTicket);
    }

    private static bool TryReadExtensions(ReadOnlyMemory<byte> block, out bool extendedMasterSecret, out bool sessionTicket)
    {
        extendedMasterSecret = false;
        sessionTicket = false;
        var reader = new MessageReader(block);
        while (!reader.IsEmpty)
        {
            if (!reader.TryReadUInt16(out var type) || !reader.TryReadVector16(out _))
                return false;
            extendedMasterSecret |= type == (ushort)ExtensionType.ExtendedMasterSecret;
            sessionTicket |= type == (ushort)ExtensionType.SessionTicket;
        }
        return true;
    }
}
