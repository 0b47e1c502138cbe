namespace Latchkey.Wire.Operations;

/// <summary>What an edge is given at the end of a TLS 1.2 key exchange: where its custody cuts the ladder.</summary>
public enum KeyExchangeLevel : byte
{
    /// <summary>The premaster secret (K3). Never of an RSA key exchange: its premaster is what the key decrypts to.</summary>
    Premaster = 1,
    /// <summary>The 48-byte master secret (K3b, K4).</summary>
    MasterSecret = 2,
    /// <summary>The key block and both Finished values (K3c, K5, F2, F3).</summary>
    SessionKeys = 3,
}
