using System.Net;
using Latchkey.Tls.Custodies;

namespace Latchkey.Client;

/// <summary>Whose handshake a request is for: policy and audit at the key server use it (I1, I2). All of it may be unknown.</summary>
/// <param name="ServerName">SNI.</param>
/// <param name="ClientIp">The TLS client's address.</param>
/// <param name="ServerIp">The edge's address that it connected to.</param>
public readonly record struct RequestOrigin(string? ServerName, IPAddress? ClientIp, IPAddress? ServerIp)
{
    /// <summary>Of a handshake.</summary>
    public static RequestOrigin Of(HandshakeFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        return new RequestOrigin(facts.ServerName, facts.EndPoints.Client?.Address, facts.EndPoints.Server?.Address);
    }
}
