using Latchkey.Crypto;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Relay;

/// <summary>What the Finished messages of TLS 1.2 are made and verified with, by whoever does that. All secrets are lent for the call they are given to.</summary>
/// <param name="CipherSuite">Of the session.</param>
/// <param name="EncryptThenMac">Whether encrypt_then_mac was negotiated.</param>
/// <param name="MasterSecret">48 bytes.</param>
/// <param name="Keys">The session keys.</param>
/// <param name="ServerFirst">Whether a session goes on: the server's Finished comes first (RFC 5246 §7.3).</param>
/// <param name="Ticket">NewSessionTicket, to be sent when the client's Finished has been verified (RFC 5077 §3.3); null: none, or it has gone out before.</param>
public sealed record Tls12HandOver(CipherSuite CipherSuite, bool EncryptThenMac, SecretBytes MasterSecret, Tls12RecordKeys Keys, bool ServerFirst, HandshakeMessage? Ticket)
{
    /// <summary>A copy that owns its secrets.</summary>
    internal Tls12HandOver Copy() => this with { MasterSecret = SecretBytes.CopyOf(MasterSecret.Span), Keys = Keys.Copy() };

    /// <summary>Zeroes a copy's secrets.</summary>
    internal void Zero()
    {
        MasterSecret.Dispose();
        Keys.Dispose();
    }
}
