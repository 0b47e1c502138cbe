using Latchkey.Testing;

namespace Latchkey.Interop.Clients;

/// <summary>A certificate database of NSS that trusts one authority: for tstclnt and for Chromium.</summary>
internal static class NssDatabase
{
    /// <summary>Creates it in <paramref name="folder"/>; returns its name as NSS' programs want it.</summary>
    public static async Task<string> CreateAsync(string folder, string caFile)
    {
        Directory.CreateDirectory(folder);
        var name = "sql:" + folder;
        var certutil = Tool.SkipUnless("certutil");
        (await ChildProcess.RunAsync(certutil, ["-N", "-d", name, "--empty-password"])).Succeeded();
        (await ChildProcess.RunAsync(certutil, ["-A", "-d", name, "-n", "test-ca", "-t", "C,,", "-i", caFile])).Succeeded();
        return name;
    }

    /// <summary>Adds a client's certificate with its key, under a nickname.</summary>
    public static async Task AddClientAsync(string database, string nickname, string certificateFile, string keyFile)
    {
        var openssl = Tool.SkipUnless("openssl");
        var bundle = keyFile + ".p12";
        (await ChildProcess.RunAsync(openssl, ["pkcs12", "-export", "-name", nickname, "-in", certificateFile, "-inkey", keyFile, "-out", bundle, "-passout", "pass:"])).Succeeded();
        (await ChildProcess.RunAsync(Tool.SkipUnless("pk12util"), ["-i", bundle, "-d", database, "-W", "", "-K", ""])).Succeeded();
    }
}
