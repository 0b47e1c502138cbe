using Latchkey.Crypto.Libcrypto;

namespace Latchkey.Crypto.Tests;

/// <summary>Both providers by name, so that a theory's title says which one failed.</summary>
public static class Providers
{
    public const string Libcrypto = "libcrypto";
    public const string BaseLibrary = "base library";

    public static TheoryData<string> Both => [Libcrypto, BaseLibrary];

    internal static CryptoProvider Named(string name)
    {
        if (name == BaseLibrary)
            return CryptoProvider.BaseLibrary;
        Assert.SkipUnless(LibcryptoProvider.Instance is not null, "libcrypto 3.x is not installed");
        return LibcryptoProvider.Instance!;
    }
}
