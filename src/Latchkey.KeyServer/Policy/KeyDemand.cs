using Latchkey.Crypto;

namespace Latchkey.KeyServer.Policy;

/// <summary>What a question demands of a key, in the words of the configuration.</summary>
/// <param name="Operation">What is done; of several, one is enough to be allowed.</param>
/// <param name="Custody">What the edge holds of the handshake afterwards.</param>
/// <param name="Scheme">The signature scheme; null: nothing is signed, or the key server chooses (relayed handshakes).</param>
/// <param name="Continues">It is the second question of a handshake that has been counted.</param>
public readonly record struct KeyDemand(KeyOperations Operation, KeyCustody Custody, SignatureScheme? Scheme = null, bool Continues = false)
{
    /// <summary>How long the edge could go on without asking again; zero: it could not.</summary>
    public TimeSpan Lifetime { get; init; }
}
