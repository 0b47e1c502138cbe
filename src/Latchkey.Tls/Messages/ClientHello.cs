namespace Latchkey.Tls.Messages;

/// <summary>A well-formed ClientHello (RFC 8446 §4.1.2).</summary>
public sealed class ClientHello
{
    internal ClientHello() { }
}
