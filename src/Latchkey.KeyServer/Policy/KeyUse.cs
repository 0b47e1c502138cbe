using Latchkey.Crypto;
using Latchkey.KeyServer.Admission;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Policy;

/// <summary>One intended use of a key.</summary>
public readonly ref struct KeyUse
{
    /// <summary>Who asks.</summary>
    public required EdgeIdentity Edge { get; init; }

    /// <summary>By which operation of the wire.</summary>
    public required Opcode Operation { get; init; }

    /// <summary>What it amounts to.</summary>
    public required KeyDemand Demand { get; init; }

    /// <summary>The configuration's entry that the key came from.</summary>
    public required KeySource Source { get; init; }

    /// <summary>The key: its SKI in lower-case hexadecimal.</summary>
    public required string Key { get; init; }

    /// <summary>The kind of key.</summary>
    public required KeyAlgorithm Algorithm { get; init; }

    /// <summary>DNS names of the certificates found for the key; none where no certificate was found.</summary>
    public required NamePatterns Names { get; init; }

    /// <summary>The names of a certificate that the use is about as a whole: an operation that serves all of them; else none. An empty one: the certificate has no name.</summary>
    public IReadOnlyList<string> CertificateNames { get => field ?? []; init; }

    /// <summary>SNI: of the hello where the operation carries one, else as the edge reports it: text, not checked; empty where there is none.</summary>
    public ReadOnlySpan<byte> ServerName { get; init; }
}
