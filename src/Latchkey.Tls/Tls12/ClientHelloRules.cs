using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Negotiation;

namespace Latchkey.Tls.Tls12;

/// <summary>What TLS 1.2 asks of a ClientHello once version and suite are settled.</summary>
internal static class ClientHelloRules
{
    /// <exception cref="PeerMisbehavedException">illegal_parameter or handshake_failure.</exception>
    public static void Check(ClientHello hello, Tls12Choice choice)
    {
        // RFC 5246 §7.4.1.2: "This vector MUST contain […] CompressionMethod.null." Others are never chosen (CRIME).
        if (!hello.CompressionMethods.Span.Contains((byte)0))
            throw new PeerMisbehavedException(AlertDescription.IllegalParameter, "No null compression.");
        // RFC 8422 §5.1.2: a client that sends formats without the uncompressed one MUST be answered by illegal_parameter.
        if (choice.Suite.KeyExchange == KeyExchangeMethod.Ecdhe && hello.EcPointFormats is { } formats && !formats.Span.Contains((byte)0))
            throw new PeerMisbehavedException(AlertDescription.IllegalParameter, "No uncompressed points.");
        // RFC 5746 §3.6: an initial handshake whose renegotiated_connection is not empty is the middle of an attack.
        if (hello.RenegotiationInfo is { IsEmpty: false })
            throw new PeerMisbehavedException(AlertDescription.HandshakeFailure, "renegotiation_info of a renegotiation in an initial handshake.");
    }
}
