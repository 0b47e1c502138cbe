namespace Latchkey.KeyServer.Operations;

/// <summary>
/// The key made a signature that does not verify: broken hardware, or somebody inducing faults. It must not leave (attack 16):
/// one wrong RSA-CRT signature and its message suffice to factor the modulus.
/// </summary>
internal sealed class FaultySignatureException() : Exception("The key made a signature that does not verify; it was withheld.");
