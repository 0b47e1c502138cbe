namespace Latchkey.Testing;

/// <summary>The kinds of key a test certificate may have.</summary>
public enum TestKey
{
    EcdsaP256,
    EcdsaP384,
    Rsa2048,
    Rsa3072,
    Ed25519,
    Dsa2048,
}
