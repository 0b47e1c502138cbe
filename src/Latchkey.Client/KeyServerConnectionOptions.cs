using System.Security.Cryptography.X509Certificates;
using Latchkey.Crypto;
using Latchkey.Tls.Clients;

namespace Latchkey.Client;

/// <summary>How one connection authenticates and how long it waits.</summary>
public sealed class KeyServerConnectionOptions
{
    /// <summary>The edge's certificate with its private key, for mutual TLS (L1).</summary>
    public required X509Certificate2 Certificate { get; init; }

    /// <summary>The authorities that the key server's certificate must chain to; no other root counts.</summary>
    public required X509Certificate2Collection TrustedAuthorities { get; init; }

    /// <summary>The authorities' revocation lists; null: revocation is not looked at.</summary>
    public RevocationLists? Revocation { get; init; }

    /// <summary>Name of the one network interface to connect by (L4); null: any.</summary>
    public string? BindInterface { get; init; }

    /// <summary>For TCP, TLS and the first exchange together. Default 3 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>A ping goes out after so much silence; the deployed server closes after 30 s of it. Default 10 s.</summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>With requests outstanding, a ping goes out after so much silence. Default 2 s.</summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A key server that sends nothing for so long after a ping is taken for dead. Default 2 s.</summary>
    public TimeSpan PingTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Whether to ask for Latchkey's operations. False: behaves to the byte like a client of the deployed protocol.</summary>
    public bool Negotiate { get; init; } = true;

    /// <summary>The key that requests are signed with, where the key server can verify it (L3). Lent. Default null: they are not signed.</summary>
    public PrivateKey? RequestKey { get; init; }

    /// <summary>The clock of timeouts.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
