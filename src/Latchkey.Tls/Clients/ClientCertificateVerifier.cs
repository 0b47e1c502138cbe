using Latchkey.Tls.Alerts;

namespace Latchkey.Tls.Clients;

/// <summary>Says whether a client's certificate chain is accepted. Thread-safe, one object for a site.</summary>
public abstract class ClientCertificateVerifier
{
    /// <summary>
    /// DER names of the authorities, which help a client to choose among its certificates (RFC 5246 §7.4.4, RFC 8446 §4.2.4); empty: any.
    /// </summary>
    public virtual IReadOnlyList<ReadOnlyMemory<byte>> AuthorityNames => [];

    /// <summary>
    /// Judges a chain whose first certificate's key the client has proven to hold, in a handshake or in the one that is resumed now.
    /// Must not block: what takes longer than computing is awaited.
    /// </summary>
    /// <param name="chain">DER, the client's own first; the others in any order and perhaps beside the point. As the peer sent them: no more is
    /// known of them than that the first holds a supported public key.</param>
    /// <param name="now">The clock of the handshake.</param>
    public abstract ValueTask<ClientCertificateVerdict> VerifyAsync(IReadOnlyList<ReadOnlyMemory<byte>> chain, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <summary>The judgement on a chain.</summary>
/// <param name="Alert">null: accepted.</param>
/// <param name="Reason">For the log: why not.</param>
public readonly record struct ClientCertificateVerdict(AlertDescription? Alert, string Reason)
{
    /// <summary>The client is who it says.</summary>
    public static ClientCertificateVerdict Accepted => default;
}
