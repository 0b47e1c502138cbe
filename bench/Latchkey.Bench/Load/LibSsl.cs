using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Latchkey.Bench.Load;

/// <summary>As much of libssl as a client's handshake needs. An SslStream client costs ten times as much CPU and would be what is measured.</summary>
internal static partial class LibSsl
{
    private const string Library = "libssl.so.3";
    private const int SetMinVersion = 123;
    private const int SetMaxVersion = 124;
    private const int SetServerName = 55;

    /// <summary>Settings of all connections: one version, no session reuse.</summary>
    internal sealed class Context : IDisposable
    {
        private readonly IntPtr _context = SSL_CTX_new(TLS_client_method());
        private readonly byte[] _name = Encoding.ASCII.GetBytes(Servers.Site.HostName + "\0");

        public Context(int version)
        {
            _ = SSL_CTX_ctrl(_context, SetMinVersion, version, IntPtr.Zero);
            _ = SSL_CTX_ctrl(_context, SetMaxVersion, version, IntPtr.Zero);
        }

        /// <summary>A full handshake on a connected, blocking socket, then our close_notify.</summary>
        public void ShakeHands(Socket socket)
        {
            var ssl = SSL_new(_context);
            try
            {
                _ = SSL_ctrl(ssl, SetServerName, 0, _name);
                _ = SSL_set_fd(ssl, (int)socket.Handle);
                if (SSL_connect(ssl) != 1)
                    throw new InvalidOperationException("the handshake failed");
                _ = SSL_shutdown(ssl);
            }
            finally
            {
                SSL_free(ssl);
            }
        }

        public void Dispose() => SSL_CTX_free(_context);
    }

    [LibraryImport(Library)]
    private static partial IntPtr TLS_client_method();

    [LibraryImport(Library)]
    private static partial IntPtr SSL_CTX_new(IntPtr method);

    [LibraryImport(Library)]
    private static partial void SSL_CTX_free(IntPtr context);

    [LibraryImport(Library)]
    private static partial long SSL_CTX_ctrl(IntPtr context, int command, long number, IntPtr pointer);

    [LibraryImport(Library)]
    private static partial IntPtr SSL_new(IntPtr context);

    [LibraryImport(Library)]
    private static partial void SSL_free(IntPtr ssl);

    [LibraryImport(Library)]
    private static partial long SSL_ctrl(IntPtr ssl, int command, long type, byte[] name);

    [LibraryImport(Library)]
    private static partial int SSL_set_fd(IntPtr ssl, int descriptor);

    [LibraryImport(Library)]
    private static partial int SSL_connect(IntPtr ssl);

    [LibraryImport(Library)]
    private static partial int SSL_shutdown(IntPtr ssl);
}
