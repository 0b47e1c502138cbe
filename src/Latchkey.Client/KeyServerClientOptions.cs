using System.Security.Cryptography.X509Certificates;
using Latchkey.Client.Balancing;
using Latchkey.Crypto;
using Latchkey.Client.Links;
using Latchkey.Tls.Clients;

namespace Latchkey.Client;

/// <summary>How to reach the key servers that hold one owner's keys.</summary>
public sealed class KeyServerClientOptions
{
    /// <summary>The configured name, for logs and metrics: <c>home</c>.</summary>
    public required string Name { get; init; }

    /// <summary><c>host:port</c> of each key server that holds the same keys; at least one, unless they connect to this side (<see cref="Accept"/>).</summary>
    public required IReadOnlyList<string> EndPoints { get; init; }

    /// <summary>Key servers that connect to this side (L5); null: none do.</summary>
    public AcceptOptions? Accept { get; init; }

    /// <summary>null: connections are persistent. Otherwise they are made when something is to be asked, and closed when nothing has been for so long, at least
    /// 50 ms (L6).</summary>
    public TimeSpan? OnDemandIdle { get; init; }

    /// <summary>Name of the one network interface to connect by (L4); null: any.</summary>
    public string? BindInterface { get; init; }

    /// <summary>The authorities' revocation lists at first (<see cref="KeyServerClient.Revocation"/>); null: revocation is not looked at.</summary>
    public RevocationLists? Revocation { get; init; }

    /// <summary>The edge's certificate with its private key, for mutual TLS (L1).</summary>
    public required X509Certificate2 Certificate { get; init; }

    /// <summary>The authorities that key servers' certificates must chain to; no other root counts.</summary>
    public required X509Certificate2Collection TrustedAuthorities { get; init; }

    /// <summary>For one operation, queueing and reconnecting included. Default 5 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For one attempt to connect: TCP, TLS and the first exchange together. Default 3 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>A ping goes out after so much silence; the deployed server closes after 30 s of it. Default 10 s.</summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>With requests outstanding, a ping goes out after so much silence, and a key server that answers nothing for as
    /// long again is taken for dead. Default 2 s.</summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How operations are spread over the key servers, where there are several.</summary>
    public BalancingOptions Balancing { get; init; } = new();

    /// <summary>The key that requests are signed with (L3). Lent. Default null: they are not signed.</summary>
    public PrivateKey? RequestKey { get; init; }

    /// <summary>The clock of timeouts and waits.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Key servers that hold the same keys, whoever connects.</summary>
    internal int PoolSize => EndPoints.Count + (Accept?.Names.Count ?? 0);

    internal KeyServerConnectionOptions ForConnections(RevocationLists? revocation) => new()
    {
        Revocation = revocation,
        BindInterface = BindInterface,
        Certificate = Certificate,
        RequestKey = RequestKey,
        TrustedAuthorities = TrustedAuthorities,
        ConnectTimeout = ConnectTimeout,
        KeepAliveInterval = KeepAliveInterval,
        SilenceLimit = SilenceLimit,
        PingTimeout = SilenceLimit,
        TimeProvider = TimeProvider,
    };
}
