using Latchkey.Crypto;
using Latchkey.Tls.Sessions;

namespace Latchkey.Tls.Custodies;

/// <summary>
/// What one TLS 1.3 handshake asks of whoever holds its secrets: the whole server flight in one question, so that a far holder needs one round
/// trip wherever the ladder is cut (catalogue X1, X2). Methods are called once, in order.
/// </summary>
public abstract class Tls13KeyHolder : IDisposable
{
    /// <summary>
    /// Makes the server's half of the key exchange, its signature and its Finished, and the traffic secrets.
    /// </summary>
    /// <returns>null: the pre-shared key is not accepted (unknown, outlived, of another digest …) and a full handshake follows; only from a holder that
    /// <see cref="Custody.BeginTls13Resumption"/> or a <see cref="PreSharedKeyHolder"/> made.</returns>
    /// <exception cref="Alerts.PeerMisbehavedException">The share is invalid: illegal_parameter; the binder is wrong: decrypt_error (RFC 8446 §4.2.11).</exception>
    /// <exception cref="Alerts.KeyHolderFailedException">Refused, unreachable, late.</exception>
    public abstract ValueTask<Tls13Answer?> AnswerAsync(Tls13Question question, CancellationToken cancellationToken);

    /// <summary>Whether the client's Finished is right, in constant time.</summary>
    /// <param name="transcript">Through the message before the client's Finished. Lent; not changed.</param>
    public abstract ValueTask<bool> VerifyClientFinishedAsync(Transcript transcript, ReadOnlyMemory<byte> verifyData, CancellationToken cancellationToken);

    /// <summary>Tickets for the client (RFC 8446 §4.6.1), after its Finished was verified; empty where none can be made: that never fails a handshake.
    /// What is needed of the holder and of the transcript is taken before the first wait, because nobody delays the application for a ticket: both may be
    /// disposed before it completes.</summary>
    /// <param name="transcript">Through the client's Finished. Lent; not changed.</param>
    /// <param name="offer">What they are to say, and how many.</param>
    /// <param name="store">Where a holder that has the resumption secret here keeps them; null where the custody keeps sessions itself.</param>
    public abstract ValueTask<IReadOnlyList<Tls13Ticket>> MakeTicketsAsync(Transcript transcript, SessionOffer offer, SessionStore? store, CancellationToken cancellationToken);

    /// <summary>Zeroes what is left.</summary>
    public abstract void Dispose();
}

/// <summary>What the server flight is made of.</summary>
public sealed record Tls13Question
{
    /// <summary>Of the key exchange.</summary>
    public required NamedGroup Group { get; init; }

    /// <summary>The client's public value.</summary>
    public required ReadOnlyMemory<byte> ClientShare { get; init; }

    /// <summary>Through ClientHello (after a HelloRetryRequest: message_hash, HelloRetryRequest, second ClientHello). Lent; not changed.</summary>
    public required Transcript Transcript { get; init; }

    /// <summary>
    /// The encoded ServerHello without the server's public value, which is its end: key_share is the last extension, and the group gives the length.
    /// </summary>
    public required ReadOnlyMemory<byte> ServerHelloPrefix { get; init; }

    /// <summary>The messages between ServerHello and CertificateVerify (EncryptedExtensions, CertificateRequest, Certificate), or ServerHello and Finished with a
    /// pre-shared key. None depends on a secret.</summary>
    public required IReadOnlyList<Messages.HandshakeMessage> Parameters { get; init; }

    /// <summary>Of the signature; null with a pre-shared key.</summary>
    public required SignatureScheme? Scheme { get; init; }

    /// <summary>Whether the client's early data is accepted: the answer then has <see cref="Tls13Answer.ClientEarlyTraffic"/>. Never after a HelloRetryRequest.</summary>
    public bool AcceptsEarlyData { get; init; }

    /// <summary>Whether the client will send a certificate: its Finished cannot then be foretold.</summary>
    public bool AsksForClientCertificate { get; init; }

    /// <summary>Tickets that a holder which keeps sessions may make in the same trip; null: none are wanted.</summary>
    public SessionOffer? Session { get; init; }
}

/// <summary>The answer; disposing zeroes the secrets, all of which have the digest's size.</summary>
public sealed record Tls13Answer : IDisposable
{
    /// <summary>The server's public value.</summary>
    public required ReadOnlyMemory<byte> ServerShare { get; init; }

    /// <summary>client_handshake_traffic_secret.</summary>
    public required SecretBytes ClientHandshakeTraffic { get; init; }

    /// <summary>server_handshake_traffic_secret.</summary>
    public required SecretBytes ServerHandshakeTraffic { get; init; }

    /// <summary>client_early_traffic_secret (RFC 8446 §7.1) where early data was accepted with the pre-shared key, else null.</summary>
    public SecretBytes? ClientEarlyTraffic { get; init; }

    /// <summary>Of CertificateVerify, already verified; empty with a pre-shared key.</summary>
    public required ReadOnlyMemory<byte> Signature { get; init; }

    /// <summary>Of the server's Finished.</summary>
    public required ReadOnlyMemory<byte> VerifyData { get; init; }

    /// <summary>client_application_traffic_secret_0.</summary>
    public required SecretBytes ClientTraffic { get; init; }

    /// <summary>server_application_traffic_secret_0.</summary>
    public required SecretBytes ServerTraffic { get; init; }

    /// <summary>With a pre-shared key: facts of the session that goes on; null for an external key or none.</summary>
    public SessionFacts? Resumed { get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        ClientHandshakeTraffic.Dispose();
        ServerHandshakeTraffic.Dispose();
        ClientEarlyTraffic?.Dispose();
        ClientTraffic.Dispose();
        ServerTraffic.Dispose();
    }
}

/// <summary>What a NewSessionTicket message says (RFC 8446 §4.6.1).</summary>
/// <param name="Ticket">1 to 65,535 bytes.</param>
/// <param name="Nonce">0 to 255 bytes, different for each ticket of a connection.</param>
/// <param name="AgeAdd">ticket_age_add.</param>
/// <param name="Lifetime">What is left of the session's.</param>
/// <param name="MaxEarlyData">Bytes; 0: no early_data extension.</param>
public sealed record Tls13Ticket(ReadOnlyMemory<byte> Ticket, ReadOnlyMemory<byte> Nonce, uint AgeAdd, TimeSpan Lifetime, int MaxEarlyData);
