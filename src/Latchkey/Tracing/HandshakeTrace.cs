namespace Latchkey.Tracing;

/// <summary>One finished handshake. No secrets: the names are those of the protocol, the times are milliseconds.</summary>
internal sealed record HandshakeTrace
{
    /// <summary>Counts handshakes that somebody watched, from 1.</summary>
    public required long Id { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>From the first byte to Finished.</summary>
    public required double Elapsed { get; init; }

    /// <summary><c>TLS 1.3</c>.</summary>
    public required string Version { get; init; }

    /// <summary>As IANA spells it.</summary>
    public required string CipherSuite { get; init; }

    /// <summary>Of the key exchange; null for RSA.</summary>
    public string? Group { get; init; }

    /// <summary>Of the server's signature; null where there was none.</summary>
    public string? SignatureScheme { get; init; }

    /// <summary>SNI.</summary>
    public string? ServerName { get; init; }

    /// <summary>ALPN.</summary>
    public string? ApplicationProtocol { get; init; }

    /// <summary>The site's first name.</summary>
    public required string Site { get; init; }

    /// <summary>Who held which secret.</summary>
    public required string Custody { get; init; }

    /// <summary>Whether a session went on rather than began.</summary>
    public required bool Resumed { get; init; }

    /// <summary>In order.</summary>
    public required IReadOnlyList<HandshakeStep> Steps { get; init; }
}
