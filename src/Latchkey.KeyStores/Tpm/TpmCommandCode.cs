namespace Latchkey.KeyStores.Tpm;

/// <summary>TPM_CC (TPM 2.0 Part 2 §6.5), those used here.</summary>
internal enum TpmCommandCode : uint
{
    Create = 0x153,
    Load = 0x157,
    RSA_Decrypt = 0x159,
    Sign = 0x15D,
    Unseal = 0x15E,
    FlushContext = 0x165,
    ReadPublic = 0x173,
}
